"""Iterative: solvers whose step makes one object from the last. You write `step`; the rest is here."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator

import torch
from pydantic import Field
from torch import Tensor

from phasekit.core.problem import Problem
from phasekit.core.solver import Solver
from phasekit.core.state import State


class Iterative(Solver):
    """A solver that repeats one step; a subclass writes `step` and gets exact resumption."""

    steps: int = Field(100, ge=1, le=100_000_000, description="Iterations.")

    @abstractmethod
    def step(self, problem: Problem, state: State) -> Tensor:
        """Return the next iterate (*batch, *space) from `state.object`, which must not be written to."""

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Repeat `step`; see `Solver.run`. Failed members stay unchanged."""
        state = start
        while state.step < self.steps:
            object = self.step(problem, state)
            if state.active is not None:
                failed = (~state.active).reshape(-1, *[1] * problem.ndim)
                object = torch.where(failed, state.object, object)
            state = state.changed(object=object, step=state.step + 1)
            if (state.step - start.step) % every == 0 or state.step == self.steps:
                yield state

    def length(self) -> int | None:
        """Return `steps`."""
        return self.steps
