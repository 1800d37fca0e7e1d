from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phasekit_plugins.schedules.progress import between, progress

from .curve import quick

number = st.floats(-1e6, 1e6)


def test_progress_goes_from_0_to_1_in_equal_parts() -> None:
    np.testing.assert_allclose([progress(step, 7) for step in range(7)], np.linspace(0, 1, 7), rtol=1e-15)


def test_a_run_of_one_step_stays_at_the_start() -> None:
    assert progress(0, 1) == 0


@given(start=number, stop=number)
@quick
def test_both_ends_are_met_exactly(start: float, stop: float) -> None:
    assert between(start, stop, 1) == start
    assert between(start, stop, 0) == stop


@given(start=number, stop=number, part=st.floats(0, 1))
@quick
def test_between_the_ends_lies_a_straight_line(start: float, stop: float, part: float) -> None:
    assert between(start, stop, part) == pytest.approx(np.interp(part, [0, 1], [stop, start]), rel=1e-9, abs=1e-6)
