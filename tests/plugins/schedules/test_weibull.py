from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.stats import weibull_min

from phasekit import Schedule

from .curve import curve, lengths, positive, quick


@pytest.mark.parametrize("duration", [None, 0.3, 3.0, 20.0])
def test_weibull_is_equation_8_of_the_paper_at_k_1(duration: float | None) -> None:
    steps = 41
    T = 0.5 * math.log(1e4) if duration is None else duration
    a0 = (1e4 - 1) / (2 * (1 - math.exp(-2 * T)))
    a1 = 1 - 2 * a0 * math.exp(-2 * T)
    n = T * np.arange(steps) / (steps - 1)
    k, scale = 1, 0.5
    expected = a0 * (k / scale) * (n / scale) ** (k - 1) * np.exp(-((n / scale) ** k)) + a1
    np.testing.assert_allclose(curve(steps, name="weibull", duration=duration), expected, rtol=1e-9)
    if duration is None:
        assert a0 == pytest.approx(5000)
        assert a1 == pytest.approx(0, abs=1e-9)


def test_weibull_falls_along_the_density_beyond_its_maximum_where_k_exceeds_1() -> None:
    k, scale, T, steps = 2.5, 0.7, 1.5, 31
    density = weibull_min(k, scale=scale)
    fine = np.linspace(0, 3, 300_001)
    mode = fine[density.pdf(fine).argmax()]
    shape = density.pdf(mode + np.linspace(0, T, steps))
    expected = 1 + (100 - 1) * (shape - shape[-1]) / (shape[0] - shape[-1])
    values = curve(steps, name="weibull", start=100, stop=1, shape=k, scale=scale, duration=T)
    np.testing.assert_allclose(values, expected, rtol=1e-4)


@given(
    start=positive,
    stop=positive,
    shape=st.floats(1, 10),
    scale=st.floats(0.01, 100),
    duration=st.none() | st.floats(0.01, 1000),
    steps=lengths,
)
@quick
def test_weibull_keeps_its_ends_for_any_options(
    start: float, stop: float, shape: float, scale: float, duration: float | None, steps: int
) -> None:
    values = curve(steps, name="weibull", start=start, stop=stop, shape=shape, scale=scale, duration=duration)
    assert np.isfinite(values).all()
    assert values[0] == start
    assert steps == 1 or values[-1] == stop


def test_a_density_that_is_infinite_at_its_start_is_refused() -> None:
    with pytest.raises(ValidationError):
        Schedule.resolve({"name": "weibull", "shape": 0.5})
