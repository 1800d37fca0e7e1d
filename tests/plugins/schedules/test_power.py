from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from phasekit import Schedule

from .curve import curve, lengths, quick


@pytest.mark.parametrize("exponent", [0.5, 1, 2, 3.7])
def test_power_is_a_power_of_the_way_left(exponent: float) -> None:
    values = curve(17, name="power", start=3, stop=-1, exponent=exponent)
    np.testing.assert_allclose(values, -1 + 4 * np.linspace(1, 0, 17) ** exponent, atol=1e-14)


@given(start=st.floats(-1e6, 1e6), stop=st.floats(-1e6, 1e6), exponent=st.floats(0.1, 10), steps=lengths)
@quick
def test_power_keeps_its_ends_for_any_options(start: float, stop: float, exponent: float, steps: int) -> None:
    values = curve(steps, name="power", start=start, stop=stop, exponent=exponent)
    assert np.isfinite(values).all()
    assert values[0] == start
    assert steps == 1 or values[-1] == stop


def test_an_exponent_of_zero_is_refused() -> None:
    with pytest.raises(ValidationError):
        Schedule.resolve({"name": "power", "exponent": 0})
