"""Directions of the laboratory frame, and products of rotations about them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from phasekit_plugins.geometries.circles import Circle, rotation, vector

from .setups import AXES, UNIT, bragg

angles = st.floats(-360, 360)


@pytest.mark.parametrize("axis", AXES)
def test_a_letter_with_a_sign_and_three_numbers_are_the_same_direction(axis: str) -> None:
    unit = (1 if axis[1] == "+" else -1) * UNIT[axis[0]]
    np.testing.assert_array_equal(vector(axis), unit)
    np.testing.assert_allclose(vector((2.5 * unit).tolist()), unit)
    assert Circle(name="mu", axis=axis[::-1]).axis == axis
    assert Circle(name="mu", axis=axis.upper().replace("-", "−")).axis == axis


@given(first=angles, second=angles)
def test_rotations_are_right_handed_and_the_outermost_comes_last_to_a_vector(first: float, second: float) -> None:
    (c, s), (d, t) = ((np.cos(np.radians(angle)), np.sin(np.radians(angle))) for angle in (first, second))
    about_y = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    about_x = np.array([[1, 0, 0], [0, d, t], [0, -t, d]])  # x-, the other way
    np.testing.assert_allclose(rotation([("y+", first), ("x-", second)]), about_y @ about_x, atol=1e-12)


def test_no_circle_turns_nothing() -> None:
    np.testing.assert_array_equal(rotation([]), np.eye(3))


@pytest.mark.parametrize("axis", ["up", "x", "y++", (0, 0, 0), (1, 0), (True, 0, 0), "xy", 1])
def test_what_is_no_direction_is_refused_with_those_there_are(axis: Any) -> None:
    with pytest.raises(ValidationError, match=r"must be a direction: x\+, x-"):
        Circle(name="mu", axis=axis)
    with pytest.raises(ValidationError, match=r"must be a direction: x\+, x-"):
        bragg(row=axis)


def test_an_option_that_a_circle_lacks_is_refused_with_the_nearest() -> None:
    with pytest.raises(ValidationError, match="a circle has no option 'axes'; did you mean axis"):
        bragg(sample_circles=[{"name": "theta", "axes": "y+"}])
