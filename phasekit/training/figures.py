"""The figures of a training: their keys in files, and their labels."""

from __future__ import annotations

from collections.abc import Mapping

LABELS = {
    "validation_loss": "validation loss",
    "object_error": "object error",
    "flat_phase_error": "flat-phase error",
    "twin_mixture_error": "twin-mixture error",
    "phase_error": "phase error",
    "flat_phase_phase_error": "flat phase's phase error",
}
"""Key of a figure -> its label in reports and in the terminal; a key that is missing here is its own label."""


def label(key: str) -> str:
    """Return a figure's label."""
    return LABELS.get(key, key)


def keyed_figures(figures: Mapping[str, float]) -> dict[str, float]:
    """Return figures by their keys; weights and checkpoints of version 0.1 have labels instead."""
    keys = {words: key for key, words in LABELS.items()}
    return {keys.get(name, name): value for name, value in figures.items()}
