"""What the schedules promise together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from phasekit import Schedule

from .curve import curve, lengths, positive, quick

BETWEEN_ENDS = ["linear", "exponential", "cosine", "power", "weibull"]


@pytest.mark.parametrize("name", BETWEEN_ENDS)
@given(start=positive, stop=positive, steps=lengths)
@quick
def test_both_ends_are_exactly_the_options_and_all_between_lies_between(
    name: str, start: float, stop: float, steps: int
) -> None:
    values = curve(steps, name=name, start=start, stop=stop)
    assert Schedule.resolve({"name": name, "start": start, "stop": stop}).at(0, 1) == start
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
def test_a_schedule_between_two_ends_never_turns_back(name: str, start: float, stop: float) -> None:
    changes = np.diff(curve(50, name=name, start=start, stop=stop))
    slack = 1e-12 * max(start, stop)
    assert (changes * np.sign(stop - start) >= -slack).all()


@pytest.mark.parametrize("name", [*BETWEEN_ENDS, "steps"])
def test_a_schedule_has_no_memory_of_earlier_calls(name: str) -> None:
    schedule = Schedule.resolve(name)
    forwards = [schedule.at(step, 500) for step in range(500)]
    backwards = [schedule.at(step, 500) for step in reversed(range(500))]
    assert forwards == backwards[::-1]
