"""Bars are shown while the work goes on, and are gone when it ends, however it ends."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from phasekit.cli.progress_bars import ProgressBars


def test_bars_run_as_long_as_the_work_even_where_it_fails() -> None:
    bars, started = ProgressBars(Console(file=io.StringIO())), list[bool]()

    def work() -> None:
        with bars as shown:
            started.append(shown.bars.live.is_started)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert started == [True]
    assert not bars.bars.live.is_started


def test_a_bar_shows_its_description_its_own_columns_and_that_nothing_is_left() -> None:
    screen = io.StringIO()
    with ProgressBars(Console(file=screen, width=120, force_terminal=True), "{task.fields[loss]}") as bars:
        bars.task = bars.bars.add_task("three epochs", total=3, completed=3, loss="loss 0.25")
    shown = screen.getvalue()
    for words in ("three epochs", "loss 0.25", "left"):
        assert words in shown
