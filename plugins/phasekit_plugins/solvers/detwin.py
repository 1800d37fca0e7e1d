"""Twin removal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import torch
from pydantic import Field

from phasekit import Problem, Solver, State, fourier

from .er import ErrorReduction


class Detwin(Solver):
    """Run a few steps on half of the support, which cannot hold object and twin together.

    The half lies on one side of the support's centre of mass along each axis in turn, drawn per member; the
    whole support is restored at the end. Source: Guizar-Sicairos and Fienup, J. Opt. Soc. Am. A 29, 2367 (2012).
    """

    name: Literal["detwin"] = "detwin"
    steps: int = Field(10, ge=1, le=10_000, description="Iterations of error reduction on the half support.")

    moves_truth: ClassVar[str] = "it forgets half of the object"

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Yield like `er`, with the whole support in every yielded state."""
        half = start.support & self._side(start)
        for state in ErrorReduction(steps=self.steps).run(problem, start.changed(support=half), every):
            yield state.changed(support=start.support)

    def _side(self, start: State) -> torch.Tensor:
        """Return (*batch, *space) bool: one side of the support's centre of mass along a drawn axis."""
        ndim = start.support.ndim - 1
        chosen = start.draw(torch.rand, (2,), "side")
        sides = torch.zeros_like(start.support)
        for member, (axis_draw, sign_draw) in enumerate(chosen.tolist()):
            axis = min(int(axis_draw * ndim), ndim - 1)
            n = start.support.shape[axis + 1]
            index = torch.arange(n, device=start.support.device)
            middle = fourier.centre_of_mass(start.support[member])[axis]
            side = index <= middle if sign_draw < 0.5 else index > middle
            sides[member] = fourier.along(side, axis, ndim)
        return sides

    def length(self) -> int | None:
        """Return `steps`."""
        return self.steps
