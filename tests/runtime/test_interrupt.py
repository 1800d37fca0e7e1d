"""Ctrl-C stops a run even where the exception is lost."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from phasekit.runtime.interrupt import heeded


@pytest.fixture(autouse=True)
def usual_handler() -> Iterator[None]:
    """Restore Python's own handler, which is ignored where tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, before)


class _Closing:
    """Is interrupted while it is being finalised, where Python drops exceptions."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_was_lost_is_raised_at_the_next_look() -> None:
    with heeded() as check:
        check()
        one = _Closing()
        del one
        with pytest.raises(KeyboardInterrupt):
            check()


def test_an_interrupt_is_raised_where_it_comes() -> None:
    with heeded(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_somebody_elses_handler_stays() -> None:
    seen = []
    signal.signal(signal.SIGINT, lambda *_: seen.append(True))
    with heeded() as check:
        signal.raise_signal(signal.SIGINT)
        check()
    assert seen
    signal.signal(signal.SIGINT, signal.default_int_handler)
