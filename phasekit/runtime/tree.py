"""Tree: plain data as read from a file, with the line of every entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Place = tuple[str | int, ...]
"""The position of an entry in a tree: keys and indices from the top."""


@dataclass(frozen=True)
class Tree:
    """Plain data as read, and the line of every entry."""

    data: Any
    lines: Mapping[Place, int]
    """Place -> line, counted from 1; a mapping's value has the line of its key."""
    file: str

    def line(self, place: Place) -> int | None:
        """Return the line of `place`, or of its closest parent."""
        for end in range(len(place), -1, -1):
            if place[:end] in self.lines:
                return self.lines[place[:end]]
        return None
