"""A loss weighs what it says in a sum, and is called by its name where it is a metric."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import ValidationError
from torch import Tensor

from phasekit import Loss, Problem
from phasekit.testing import reference_problem


class Plain(Loss):
    """A loss that defines what it must, and no more."""

    name: Literal["plain"] = "plain"

    def __call__(self, problem: Problem, object: Tensor, amplitude: Tensor) -> Tensor:
        """Return the largest amplitude."""
        return amplitude.flatten(1).amax(dim=1)


@pytest.mark.parametrize("weight", [0, 1e6, {"name": "linear", "start": 1, "stop": 0}])
def test_a_weight_is_zero_or_more_and_may_change(weight: Any) -> None:
    assert Plain(weight=weight).label() == "plain"


@pytest.mark.parametrize("weight", [-1e-9, {"name": "linear", "start": 1, "stop": -1}, float("inf"), "much"])
def test_any_other_weight_is_refused(weight: Any) -> None:
    with pytest.raises(ValidationError):
        Plain(weight=weight)


def test_a_loss_judges_every_problem_unless_it_says_otherwise() -> None:
    problem = reference_problem((10, 8))
    assert Plain().refusal(problem) is None
    assert Loss.resolve("object-error").refusal(problem) is None
