"""Shrink-wrap."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor

from phasekit import Between, Problem, Schedule, Solver, State, fourier


class ShrinkWrap(Solver):
    """Redraw the support where the smoothed modulus of the estimate exceeds a threshold; one step, in a list.

    Always uses Π_s Π_m ρ, never the iterate. A member whose support would vanish fails and stays unchanged;
    a member whose support fills the array at the last redrawing fails too.
    Source: Marchesini et al., Phys. Rev. B 68, 140101 (2003); the rms reference as in PyNX.
    """

    name: Literal["shrinkwrap"] = "shrinkwrap"
    sigma: Annotated[Schedule | float, Between(0, 100)] = Field(
        1.0, description="Standard deviation of the smoothing, voxels; usually falls during a run."
    )
    threshold: Annotated[Schedule | float, Between(0, 1)] = Field(
        0.15, description="Fraction of the reference that a voxel of the support exceeds."
    )
    reference: Literal["maximum", "rms"] = Field(
        "maximum",
        description="Reference of the threshold: the largest smoothed modulus, or the rms inside the support.",
    )

    moves_truth = "it redraws the support, which cuts voxels whose true modulus is below the threshold"

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Yield the state with the new support."""
        if start.step >= 1:
            return
        axes = fourier.axes(problem.ndim)
        estimate = (problem.project(start.object, start.nuisance) * start.support).abs()
        smoothed = fourier.smooth(estimate, start.at(self.sigma, 0, 1), problem.ndim)
        if self.reference == "maximum":
            reference = smoothed.amax(dim=axes, keepdim=True)
        else:
            volume = start.support.sum(dim=axes, keepdim=True).clamp(min=1)
            reference = (estimate.square().sum(dim=axes, keepdim=True) / volume).sqrt()
        support = smoothed > start.at(self.threshold, 0, 1) * reference
        flat = support.flatten(-problem.ndim)
        kept = (flat.any(dim=-1) & start.running()).reshape(-1, *[1] * problem.ndim)
        state = start.failing(~flat.any(dim=-1), "its support vanished")
        lap, laps = start.span
        if lap == laps - 1:  # an earlier, wider Gaussian may fill the array
            state = state.failing(flat.all(dim=-1), "its support fills the array")
        support = torch.where(kept, support, start.support)
        yield state.changed(
            support=support,
            step=1,
            diagnostics={"support volume": support.float().mean(dim=axes)},
        )

    def estimate(self, problem: Problem, state: State) -> Tensor:
        """Return Π_s Π_m ρ, because the state may hold an iterate."""
        return problem.project(state.object, state.nuisance) * state.support

    def length(self) -> int | None:
        """Return 1."""
        return 1
