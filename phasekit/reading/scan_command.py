"""The command of a scan, as SPEC and BLISS write it: the axes that it moves and the number of points."""

from __future__ import annotations

import re
from dataclasses import dataclass

FAMILY = re.compile(r"(?P<kind>[adf])(?P<axes>[2-9]?)scan|(?P<lup>lup)", re.IGNORECASE)
"""ascan, a2scan, dscan, d2scan, fscan, f2scan, lup. Other macros are not known."""


@dataclass(frozen=True)
class ScanCommand:
    """What the words of a command mean."""

    axes: tuple[str, ...]
    """The moved axes, as the command calls them."""
    points: int
    """The number of points."""


def scan_command(text: str) -> ScanCommand | None:
    """Return the meaning of a command; None for a macro that is not known, or for words that do not fit it.

    `ascan eta 16.9 17.1 20 1` has intervals, a point less than points; `fscan eta 16.9 0.01 21 0.1` has points.
    """
    words = re.split(r"[\s(),]+", text.strip())
    family = FAMILY.fullmatch(words[0])
    if family is None:
        return None
    count = int(family["axes"] or 1)
    continuous = (family["kind"] or "").lower() == "f"
    width = 3  # name, start, and stop or step
    if len(words) <= 1 + width * count:
        return None
    axes = tuple(words[1 + width * k] for k in range(count))
    try:
        number = int(float(words[1 + width * count]))
    except ValueError:
        return None
    points = number if continuous else number + 1
    return ScanCommand(axes, points) if points > 0 else None
