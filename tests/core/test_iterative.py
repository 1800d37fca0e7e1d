"""A solver that writes one step gets the run: strides, the end, exact resumption, and failed members left alone."""

from __future__ import annotations

from typing import Literal

import pytest
import torch
from torch import Tensor

from phasekit import Iterative, Problem, State
from phasekit.testing import reference_problem, start_state

PROBLEM = reference_problem((10, 8))


class Grows(Iterative):
    """Multiplies by the number of its step."""

    name: Literal["grows"] = "grows"

    def step(self, problem: Problem, state: State) -> Tensor:
        """Return a multiple of the object."""
        return state.object * (state.step + 2)


@pytest.mark.parametrize("every", [1, 2, 3, 6, 7])
def test_each_state_is_that_of_a_plain_loop(every: int) -> None:
    start = start_state(PROBLEM)
    expected = [start.object]
    for index in range(6):
        expected.append(expected[-1] * (index + 2))
    states = list(Grows(steps=6).run(PROBLEM, start, every))
    assert [state.step for state in states] == sorted({*range(every, 7, every), 6})
    assert all(torch.equal(state.object, expected[state.step]) for state in states)


def test_a_run_goes_on_from_any_state_and_a_finished_one_yields_nothing() -> None:
    solver = Grows(steps=6)
    states = list(solver.run(PROBLEM, start_state(PROBLEM)))
    onward = list(solver.run(PROBLEM, states[2], 2))
    assert [state.step for state in onward] == [5, 6]
    assert torch.equal(onward[-1].object, states[-1].object)
    assert list(solver.run(PROBLEM, states[-1])) == []
    assert solver.length() == 6


def test_a_failed_member_keeps_its_object() -> None:
    start = start_state(PROBLEM).changed(active=torch.tensor([True, False]))
    *_, last = Grows(steps=3).run(PROBLEM, start)
    assert torch.equal(last.object[0], start.object[0] * 24)
    assert torch.equal(last.object[1], start.object[1])
