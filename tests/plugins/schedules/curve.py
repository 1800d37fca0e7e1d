"""A schedule as a curve, and the options that are drawn for it."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from phasekit import Schedule

positive = st.floats(1e-6, 1e6)
lengths = st.integers(1, 400)
quick = settings(deadline=None, derandomize=True, max_examples=60)


def curve(steps: int, **options: Any) -> NDArray[np.float64]:
    """Return the values of a schedule over a run of some steps."""
    schedule = Schedule.resolve(options)
    return np.array([schedule.at(step, steps) for step in range(steps)])
