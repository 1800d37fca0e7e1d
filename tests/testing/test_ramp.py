"""A ramp is a straight line between its two ends."""

from __future__ import annotations

import numpy as np
import pytest

from phasekit.testing.ramp import Ramp


@pytest.mark.parametrize("steps", [2, 3, 17])
def test_a_ramp_is_a_straight_line_from_start_to_stop(steps: int) -> None:
    ramp = Ramp(start=2.0, stop=-1.0)
    np.testing.assert_allclose([ramp.at(step, steps) for step in range(steps)], np.linspace(2, -1, steps))


def test_a_ramp_of_one_step_is_at_its_start() -> None:
    assert Ramp(start=2.0, stop=-1.0).at(0, 1) == 2.0
