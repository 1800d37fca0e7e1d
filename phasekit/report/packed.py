"""Long lists of numbers as the bytes of an array, as plotly reads them: less than half the room of their digits."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import numpy as np

FEW = 200
"""Lists up to this length stay as they are."""


def packed(value: Any) -> Any:
    """Return JSON in which each long list of numbers is {"dtype", "bdata"}; floats have seven digits, None is NaN."""
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
