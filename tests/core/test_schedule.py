"""A schedule is a number, a name or options; its bounds hold at both of its ends."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import ValidationError

from phasekit import Between, Plugin, Schedule
from phasekit.core.chain import Constant


class Weighted(Plugin):
    """A plugin with a bounded schedule."""

    name: Literal["weighted"] = "weighted"
    weight: Annotated[Schedule | float, Between(0, 2)] = 1.0


def test_a_number_is_a_constant_schedule_and_a_truth_value_is_not() -> None:
    assert Schedule.resolve(3) == Constant(value=3.0)
    with pytest.raises(ValueError, match="must be the name of a schedule"):
        Schedule.resolve(True)


@pytest.mark.parametrize("value", [0, 2, 0.5, {"name": "linear", "start": 2, "stop": 0}])
def test_both_bounds_of_a_schedule_are_allowed(value: Any) -> None:
    assert Weighted(weight=value).weight == Schedule.resolve(value)


@pytest.mark.parametrize("value", [-0.1, 2.1, {"name": "linear", "start": 1, "stop": 3}, float("nan")])
def test_a_schedule_out_of_bounds_at_either_end_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        Weighted(weight=value)


def test_a_bound_is_named_with_what_was_got_at_that_end() -> None:
    with pytest.raises(ValidationError, match="should lie between 0 and 2, got 3"):
        Weighted(weight={"name": "linear", "start": 1, "stop": 3})


@pytest.mark.parametrize("value", [1.5, {"name": "linear", "start": 2.0, "stop": 0.5}])
def test_a_bounded_schedule_is_written_as_it_is_read(value: Any) -> None:
    written = Weighted(weight=value).model_dump(mode="json")["weight"]
    assert written == Schedule.resolve(value).model_dump(mode="json")
    assert Weighted(weight=written) == Weighted(weight=value)
