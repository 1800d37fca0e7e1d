"""Every kind of page has the elements and the words that it had when it was last looked at."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from .page_cases import CASES
from .page_text import Page, short

PAGES = Path(__file__).parent.parent / "data" / "pages"

ANEW = "PHASEKIT_PAGES_ANEW"
"""Set to 1, this variable makes the tests write what they would compare with."""


def unpainted(figure: object, stream: object, **options: object) -> None:
    """Write hardly anything: pictures take seconds, and no picture is compared."""
    stream.write(b"RIFF" + bytes(26))  # type: ignore[attr-defined]


@pytest.mark.parametrize(("name", "write"), CASES.items(), ids=CASES)
def test_a_page_has_the_elements_and_words_that_it_had(
    name: str, write: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matplotlib.figure.Figure.savefig", unpainted)
    write(tmp_path / "page.html")
    text = "\n".join(short(Page.read(tmp_path / "page.html"))) + "\n"
    if os.environ.get(ANEW) == "1":
        (PAGES / f"{name}.txt").write_text(text, encoding="utf-8")
    assert text == (PAGES / f"{name}.txt").read_text(encoding="utf-8")


def test_every_stored_page_is_compared() -> None:
    assert {path.stem for path in PAGES.iterdir()} == set(CASES)
