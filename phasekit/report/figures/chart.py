"""Common parts of all interactive charts: margins, legend, and compact numbers."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

PAPER: dict[str, Any] = {
    "margin": {"l": 70, "r": 16, "t": 40, "b": 48},
    "hovermode": "closest",
    "showlegend": False,
    "height": 420,
}

LEGEND: dict[str, Any] = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
"""Above the chart, from its left edge on."""

FEW = 200
"""Lists of numbers up to this length stay lists."""


def short(values: Iterable[float], digits: int = 5) -> list[float | None]:
    """Return numbers with a few significant digits; None for those that are not finite."""
    return [float(f"{value:.{digits}g}") if math.isfinite(value) else None for value in values]


def packed(value: Any) -> Any:
    """Return JSON in which each long list of numbers is {"dtype", "bdata"}: bytes, as plotly reads them.

    They take less than half the space of their digits. Floats have seven digits, None is NaN.
    """
    if isinstance(value, Mapping):
        return {key: packed(part) for key, part in value.items()}
    if not isinstance(value, list):
        return value
    if len(value) <= FEW or not all(part is None or isinstance(part, int | float) for part in value):
        return [packed(part) for part in value]
    numbers = np.array(value, dtype=None if all(isinstance(part, int) for part in value) else float)
    kind = "f4"
    if numbers.dtype.kind == "i":
        kind = "u2" if numbers.min() >= 0 and numbers.max() < 1 << 16 else "i4"
    return {"dtype": kind, "bdata": b64encode(numbers.astype(f"<{kind}").tobytes()).decode()}
