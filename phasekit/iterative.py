"""Iterative: solvers whose step makes one object from the last. Write `step`; the rest is here."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
from pydantic import Field
from torch import Tensor

from phasekit.interfaces import Solver
from phasekit.state import State

if TYPE_CHECKING:
    from phasekit.problem import Problem


class Iterative(Solver):
    """A solver that repeats one step; a subclass writes `step` and gets exact resumption and buffer reuse."""

    steps: int = Field(100, ge=1, le=100_000_000, description="Iterations.")

    @abstractmethod
    def step(self, problem: Problem, state: State, out: Tensor) -> Tensor:
        """Return the next iterate (*batch, *space) from `state.object`, which must not be written to.

        `out` is a spare buffer like the object; writing the result into it saves memory traffic.
        """

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Repeat `step`; see `Solver.run`. Failed members are left as they are."""
        state, spare, ours = start, None, False
        while state.step < self.steps:
            out = torch.empty_like(state.object) if spare is None else spare
            object = self.step(problem, state, out)
            if state.active is not None:
                failed = (~state.active).reshape(-1, *[1] * problem.ndim)
                object = torch.where(failed, state.object, object)
            # What has been yielded, or was given to us, is never written to; our own last object may be.
            spare = state.object if ours else None
            state, ours = state.changed(object=object, step=state.step + 1), True
            if (state.step - start.step) % every == 0 or state.step == self.steps:
                yield state
                ours = False

    def length(self) -> int | None:
        """Return `steps`."""
        return self.steps
