from __future__ import annotations

import torch

from phasekit import Problem, Solver, State


def test_detwin_gives_the_whole_support_back_and_works_on_half_of_it(problem: Problem, state: State) -> None:
    *_, end = Solver.resolve({"name": "detwin", "steps": 4}).run(problem, state)
    assert torch.equal(end.support, state.support)
    for member in range(2):
        filled = int((end.object[member] != 0).sum())
        whole = int(state.support[member].sum())
        assert 0.35 * whole < filled < 0.65 * whole


def test_the_half_is_what_lies_on_one_side_of_the_centre_of_mass(problem: Problem, state: State) -> None:
    *_, end = Solver.resolve({"name": "detwin", "steps": 4}).run(problem, state)
    for member in range(2):
        places = state.support[member].nonzero().double()
        sides = [*(places <= places.mean(dim=0)).T, *(places > places.mean(dim=0)).T]
        filled = end.object[member][state.support[member]] != 0
        assert sum(torch.equal(filled, side) for side in sides) == 1
