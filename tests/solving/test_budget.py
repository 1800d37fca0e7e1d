"""A budget is met to the step, and ends a solver that would go on."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phasekit import InputError, compare
from phasekit.core.solver import SolverLike
from phasekit.solving.budget import Budget

SIMULATION = {"name": "simulation", "generator": "superellipsoid", "shape": [20, 18], "seed": 3, "photons": 1e5}
SOLVERS: dict[str, SolverLike] = {
    "er": {"name": "er", "steps": 40},
    "hio": [{"name": "hio", "steps": 30}, {"name": "er", "steps": 10}],
    "raar": [{"name": "raar", "steps": 30}, {"name": "er", "steps": 10}],
}


@pytest.mark.parametrize("steps", [1, 7, 35, 60])
def test_a_budget_in_steps_is_met_to_the_step(steps: int) -> None:
    found = compare(SIMULATION, SOLVERS, seeds=2, budget={"steps": steps})
    assert {int(n) for entry in found.entries for n in entry.steps} == {min(steps, 40)}


def test_a_budget_in_seconds_ends_a_solver_that_would_go_on() -> None:
    found = compare(SIMULATION, {"er": {"name": "er", "steps": 200_000}}, seeds=1, budget={"seconds": 0.2})
    assert 1 <= float(found.entries[0].steps[0]) < 200_000
    assert float(found.entries[0].seconds[0]) >= 0.2


@given(st.integers(1, 500), st.integers(1, 60))
def test_looks_end_on_the_budget_and_are_as_rare_as_was_asked_where_that_divides_it(steps: int, every: int) -> None:
    stride = Budget(steps=steps).stride(every)
    assert steps % stride == 0
    assert stride <= every
    assert not [wider for wider in range(stride + 1, every + 1) if steps % wider == 0]


def test_one_in_seconds_leaves_the_looks_as_they_are_and_counts_no_steps() -> None:
    budget = Budget(seconds=2.0)
    assert budget.stride(7) == 7
    assert [budget.spent(1_000_000, seconds) for seconds in (1.9, 2.0)] == [False, True]
    assert [Budget(steps=5).spent(step, 1e9) for step in (4, 5)] == [False, True]


@pytest.mark.parametrize("budget", [{}, {"steps": 3, "seconds": 1}])
def test_steps_and_seconds_are_never_both_nor_neither(budget: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="in steps or in seconds"):
        compare(SIMULATION, SOLVERS, seeds=2, budget=budget)
