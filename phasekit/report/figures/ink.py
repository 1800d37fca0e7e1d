"""Ink: the colours of a figure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Ink:
    """Colours of text, lines and missing voxels.

    `paper` is the background of text inside images only: figures have a transparent background.
    """

    text: str
    line: str
    missing: str
    paper: str
    mark: str = "#00b8d9"


LIGHT = Ink(text="#1f2630", line="#8d97a3", missing="#a9b1bb", paper="#ffffff")
DARK = Ink(text="#e4e8ee", line="#6d7885", missing="#515b67", paper="#1a2027")
