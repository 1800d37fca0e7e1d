"""A good solver, error reduction relaxed, and one that no run of which is like the one before."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor

from phasekit import Between, Iterative, Problem, Schedule, State

CALLS = count()


class Good(Iterative):
    """Error reduction, relaxed inside the support."""

    name: Literal["good"] = "good"
    beta: Annotated[Schedule | float, Between(0.1, 1)] = Field(0.9, description="How far to go.")

    def step(self, problem: Problem, state: State) -> Tensor:
        beta = state.at(self.beta, state.step, self.steps)
        fitted = problem.project(state.object) * state.support
        return beta * fitted + (1 - beta) * state.object * state.support


class DriftsFromRunToRun(Good):
    """Stands for a device that computes otherwise: the second run differs from the first."""

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        shift = 10 * next(CALLS)
        yield from super().run(problem, start.changed(object=start.object + shift), every)
