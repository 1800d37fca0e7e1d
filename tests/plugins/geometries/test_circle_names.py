"""Names belong to circles, or are refused with the nearest."""

from __future__ import annotations

from typing import Any

import pytest

from phasekit import InputError
from phasekit_plugins.geometries.circle_names import refuse_names
from phasekit_plugins.geometries.circles import Circle

SAMPLE = (Circle(name="tilt", axis="x-"), Circle(name="theta", axis="y+"))
DETECTOR = (Circle(name="tilt", axis="x-"), Circle(name="delta", axis="y+"))


@pytest.mark.parametrize(
    ("wrong", "place", "sentence"),
    [
        ({"angles": {"thetta": 1.0}}, "angles_deg.thetta", "there is no circle 'thetta'; did you mean theta"),
        ({"together": {"del": 1.0}}, "together_deg.del", "there is no circle 'del'; did you mean delta"),
        ({"together": {"theta": 1.0}}, "together_deg.theta", "'theta' is the rocked circle"),
        ({"rocking": "delta"}, "rocking", "the rocking axis 'delta' is not a circle of the sample"),
    ],
)
def test_a_name_that_does_not_fit_is_refused_at_its_place(wrong: dict[str, Any], place: str, sentence: str) -> None:
    right: dict[str, Any] = {"angles": {"tilt": 0.0, "delta": 30.0}, "rocking": "theta", "together": {"delta": 0.1}}
    refuse_names(SAMPLE, DETECTOR, **right)
    with pytest.raises(InputError, match=sentence) as caught:
        refuse_names(SAMPLE, DETECTOR, **{**right, **wrong})
    assert caught.value.place == place


def test_two_circles_of_one_side_may_not_share_a_name() -> None:
    with pytest.raises(InputError, match="two circles are called 'tilt'"):
        refuse_names((*SAMPLE, SAMPLE[0]), DETECTOR, angles={}, rocking=None, together={})
