from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from phasekit import InputError, Schedule

BETWEEN_ENDS = ["linear", "exponential", "cosine", "power", "weibull"]
positive = st.floats(1e-6, 1e6)
lengths = st.integers(1, 400)
quick = settings(deadline=None, derandomize=True, max_examples=60)


def curve(schedule: Schedule, steps: int) -> np.ndarray:
    return np.array([schedule.at(step, steps) for step in range(steps)])


@pytest.mark.parametrize("name", BETWEEN_ENDS)
@given(start=positive, stop=positive, steps=lengths)
@quick
def test_both_ends_are_exactly_the_options_and_all_between_lies_between(name, start, stop, steps):
    schedule = Schedule.resolve({"name": name, "start": start, "stop": stop})
    values = curve(schedule, steps)
    assert schedule.at(0, 1) == start
    assert values[0] == start
    if steps > 1:
        assert values[-1] == stop
    slack = 1e-9 * max(start, stop)
    assert np.isfinite(values).all()
    assert values.min() >= min(start, stop) - slack
    assert values.max() <= max(start, stop) + slack


@pytest.mark.parametrize("name", BETWEEN_ENDS)
@given(start=positive, stop=positive)
@quick
def test_a_schedule_between_two_ends_never_turns_back(name, start, stop):
    changes = np.diff(curve(Schedule.resolve({"name": name, "start": start, "stop": stop}), 50))
    slack = 1e-12 * max(start, stop)
    assert (changes * np.sign(stop - start) >= -slack).all()


@pytest.mark.parametrize("name", [*BETWEEN_ENDS, "steps"])
def test_a_schedule_has_no_memory_of_earlier_calls(name):
    schedule = Schedule.resolve(name)
    forwards = [schedule.at(step, 500) for step in range(500)]
    backwards = [schedule.at(step, 500) for step in reversed(range(500))]
    assert forwards == backwards[::-1]


def test_linear_changes_by_equal_amounts():
    values = curve(Schedule.resolve({"name": "linear", "start": 2, "stop": 1}), 11)
    np.testing.assert_allclose(values, np.linspace(2, 1, 11), rtol=1e-14)


def test_exponential_changes_by_equal_factors():
    values = curve(Schedule.resolve({"name": "exponential", "start": 1e3, "stop": 1e-2}), 21)
    np.testing.assert_allclose(values, np.geomspace(1e3, 1e-2, 21), rtol=1e-12)


def test_cosine_is_half_a_cosine():
    values = curve(Schedule.resolve({"name": "cosine", "start": 5, "stop": -1}), 9)
    np.testing.assert_allclose(values, 2 + 3 * np.cos(np.linspace(0, np.pi, 9)), atol=1e-14)


@pytest.mark.parametrize("exponent", [0.5, 1, 2, 3.7])
def test_power_is_a_power_of_the_way_left(exponent):
    values = curve(Schedule.resolve({"name": "power", "start": 3, "stop": -1, "exponent": exponent}), 17)
    np.testing.assert_allclose(values, -1 + 4 * np.linspace(1, 0, 17) ** exponent, atol=1e-14)


@given(start=st.floats(-1e6, 1e6), stop=st.floats(-1e6, 1e6), exponent=st.floats(0.1, 10), steps=lengths)
@quick
def test_power_keeps_its_ends_for_any_options(start, stop, exponent, steps):
    values = curve(Schedule.resolve({"name": "power", "start": start, "stop": stop, "exponent": exponent}), steps)
    assert np.isfinite(values).all()
    assert values[0] == start
    assert steps == 1 or values[-1] == stop


@given(start=st.floats(-1e6, 1e6), factor=st.floats(1e-3, 1), period=st.integers(1, 50), steps=lengths)
@quick
def test_steps_multiplies_once_a_period(start, factor, period, steps):
    values = curve(Schedule.resolve({"name": "steps", "start": start, "factor": factor, "period": period}), steps)
    np.testing.assert_allclose(values, start * factor ** (np.arange(steps) // period), rtol=1e-12)
    assert values[0] == start


@pytest.mark.parametrize("duration", [None, 0.3, 3.0, 20.0])
def test_weibull_is_equation_8_of_the_paper_at_k_1(duration):
    steps = 41
    T = 0.5 * math.log(1e4) if duration is None else duration
    a0 = (1e4 - 1) / (2 * (1 - math.exp(-2 * T)))
    a1 = 1 - 2 * a0 * math.exp(-2 * T)
    n = T * np.arange(steps) / (steps - 1)
    k, scale = 1, 0.5
    expected = a0 * (k / scale) * (n / scale) ** (k - 1) * np.exp(-((n / scale) ** k)) + a1
    values = curve(Schedule.resolve({"name": "weibull", "duration": duration}), steps)
    np.testing.assert_allclose(values, expected, rtol=1e-9)
    if duration is None:
        assert a0 == pytest.approx(5000)
        assert a1 == pytest.approx(0, abs=1e-9)


def test_weibull_falls_along_the_density_beyond_its_maximum_where_k_exceeds_1():
    from scipy.stats import weibull_min

    k, scale, T, steps = 2.5, 0.7, 1.5, 31
    density = weibull_min(k, scale=scale)
    fine = np.linspace(0, 3, 300_001)
    mode = fine[density.pdf(fine).argmax()]
    shape = density.pdf(mode + np.linspace(0, T, steps))
    expected = 1 + (100 - 1) * (shape - shape[-1]) / (shape[0] - shape[-1])
    options = {"name": "weibull", "start": 100, "stop": 1, "shape": k, "scale": scale, "duration": T}
    np.testing.assert_allclose(curve(Schedule.resolve(options), steps), expected, rtol=1e-4)


@given(
    start=positive,
    stop=positive,
    shape=st.floats(1, 10),
    scale=st.floats(0.01, 100),
    duration=st.none() | st.floats(0.01, 1000),
    steps=lengths,
)
@quick
def test_weibull_keeps_its_ends_for_any_options(start, stop, shape, scale, duration, steps):
    options = {"start": start, "stop": stop, "shape": shape, "scale": scale, "duration": duration}
    values = curve(Schedule.resolve({"name": "weibull", **options}), steps)
    assert np.isfinite(values).all()
    assert values[0] == start
    assert steps == 1 or values[-1] == stop


@pytest.mark.parametrize(
    "options",
    [
        {"name": "exponential", "start": 0},
        {"name": "steps", "period": 0},
        {"name": "steps", "factor": 2},
        {"name": "power", "exponent": 0},
        {"name": "weibull", "shape": 0.5},
        {"name": "linear", "start": math.nan},
    ],
)
def test_options_that_would_break_a_promise_are_refused(options):
    with pytest.raises((ValidationError, InputError)):
        Schedule.resolve(options)
