"""Numbers as text, for pages and for the charts in them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def number(value: float, digits: int = 4) -> str:
    """Write a number with a few significant digits; a dash if it is not finite."""
    return f"{value:.{digits}g}" if math.isfinite(value) else "–"


def with_minus(text: str) -> str:
    """Replace the hyphen in a number's text by a minus sign."""
    return text.replace("-", "−")


def duration(seconds: float) -> str:
    """Write a time in a suitable unit."""
    if seconds < 120:
        return f"{seconds:.3g} s"
    minutes = seconds / 60
    return f"{minutes:.3g} min" if minutes < 120 else f"{minutes / 60:.3g} h"


def lengths(values: Sequence[float], digits: int) -> str:
    """Write lengths in nm as "120 × 80 × 95 nm"; with decimals if useful, equal ones as one."""
    texts = [f"{value:.{digits}f}" for value in values]
    if digits:
        texts = [text.rstrip("0").rstrip(".") for text in texts]
        texts = texts[:1] if len(set(texts)) == 1 else texts
    return f"{' × '.join(texts)} nm"


def mean_and_deviation(values: np.ndarray, sign: str = "-") -> str:
    """Write mean ± standard deviation, to two digits of the deviation and at most seven of the mean."""
    mean, deviation = float(values.mean()), float(values.std())
    least = max(deviation, 1e-5 * abs(mean), 1e-12)
    digits = max(0, 1 - math.floor(math.log10(least)))
    return with_minus(f"{mean:{sign}z.{digits}f} ± {deviation:.{digits}f}")
