"""A misspelt word is told what may have been meant, or what there is."""

from __future__ import annotations

import pytest

from phasekit.runtime.suggest import near


@pytest.mark.parametrize(
    ("word", "known", "words"),
    [
        ("betta", ["beta", "steps"], "did you mean beta?"),
        ("HIO", ["hio", "er"], "did you mean hio?"),
        ("step", ["Steps", "stop"], "did you mean Steps or stop?"),
        ("xyz", ["b", "a", "b"], "available: a, b"),
        ("xyz", [], "none are available"),
    ],
)
def test_near_words_are_suggested_and_else_all_are_listed(word: str, known: list[str], words: str) -> None:
    assert near(word, known) == words
    assert near(word, iter(known)) == words
