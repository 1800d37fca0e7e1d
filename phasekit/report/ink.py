"""Ink: the colours that a figure is drawn with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Ink:
    """Colours of text, lines and missing voxels; the paper is transparent, so that the page shows through."""

    text: str
    line: str
    missing: str
    mark: str = "#00b8d9"


LIGHT = Ink(text="#1f2630", line="#8d97a3", missing="#a9b1bb")
DARK = Ink(text="#e4e8ee", line="#6d7885", missing="#515b67")
