"""What a start makes of an empty state."""

from __future__ import annotations

import torch

from phasekit import Problem, Solver, State


def begin(problem: Problem, start: object, seeds: tuple[int, ...] = (3, 4)) -> State:
    """Return the state that a start, or its name and options, gives seeds."""
    shape = (len(seeds), *problem.space)
    empty = State(
        object=torch.zeros(shape, dtype=problem.complex_dtype),
        support=problem.support.expand(shape).clone(),
        seeds=seeds,
        place=(-1,),
    )
    *_, state = Solver.resolve(start).run(problem, empty)
    return state


def begin_again(problem: Problem, start: object, state: State) -> State:
    """Return what the start gives to those seeds once another object is there."""
    other = state.changed(object=torch.full_like(state.object, 7), step=0)
    *_, again = Solver.resolve(start).run(problem, other)
    return again
