from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from phasekit import Schedule

from .curve import curve, lengths, quick


@given(start=st.floats(-1e6, 1e6), factor=st.floats(1e-3, 1), period=st.integers(1, 50), steps=lengths)
@quick
def test_steps_multiplies_once_a_period(start: float, factor: float, period: int, steps: int) -> None:
    values = curve(steps, name="steps", start=start, factor=factor, period=period)
    np.testing.assert_allclose(values, start * factor ** (np.arange(steps) // period), rtol=1e-12)
    assert values[0] == start


@pytest.mark.parametrize("options", [{"period": 0}, {"factor": 2}])
def test_a_period_of_no_steps_and_a_factor_above_1_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Schedule.resolve({"name": "steps", **options})
