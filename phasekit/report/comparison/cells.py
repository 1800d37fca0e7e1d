"""The cells of tables: a text, and the value to sort by."""

from __future__ import annotations

import math
from dataclasses import dataclass

from phasekit.report.numbers import number

DIFFERENT = 0.05
"""The p-value below which two solvers are called different."""


@dataclass(frozen=True)
class Cell:
    """A cell of a table, with the value to sort by."""

    text: str
    value: float | str
    interval: tuple[str, str] | None = None
    """The 95 % interval, from … to, if any."""
    failed: int = 0
    """Number of failed starts."""

    @property
    def sort_key(self) -> str:
        """The value in the format of the page's script."""
        return self.value if isinstance(self.value, str) else f"{self.value:.9g}"


NOTHING = Cell("–", math.inf)
"""Sorted last."""


def cell_of(value: float | None, unit: str = "", interval: tuple[str, str] | None = None) -> Cell:
    """Return a number as a cell; a dash, sorted last, if it is not finite."""
    if value is None or not math.isfinite(value):
        return Cell(NOTHING.text, NOTHING.value, interval)
    return Cell(f"{number(value, 3)}{unit}", value, interval)
