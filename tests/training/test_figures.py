"""Figures of version 0.1, named in words, are read by their keys; every key has its words."""

from __future__ import annotations

from phasekit.training.figures import LABELS, keyed_figures, label


def test_words_and_keys_belong_together_one_to_one() -> None:
    assert len(set(LABELS.values())) == len(LABELS)
    assert all(key.isidentifier() for key in LABELS)
    assert keyed_figures(dict.fromkeys(LABELS.values(), 1.0)) == dict.fromkeys(LABELS, 1.0)


def test_what_is_keyed_already_stays() -> None:
    figures = {"object_error": 0.2, "floor": 0.1, "loss": 3.0}
    assert keyed_figures(figures) == figures
    assert [label(key) for key in figures] == ["object error", "floor", "loss"]
