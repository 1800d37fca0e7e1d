"""Shrink-wrap."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor

from phasekit import Between, Problem, Schedule, Solver, State, fourier
from phasekit.core.feedback import on_wave, projected, projected_boxes

REACH = 6.0
"""Standard deviations beyond which a Gaussian is zero to rounding."""
FAINT = 1e-6
"""Thresholds below this are compared with what the Gaussian leaves far away, hence in the whole array."""


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
        support = self._support(problem, start)
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
            diagnostics={"support volume": support.float().mean(dim=fourier.axes(problem.ndim))},
        )

    def _support(self, problem: Problem, start: State) -> Tensor:
        """Return where the smoothed modulus exceeds the threshold, (*batch, *space) bool."""
        sigma, threshold = start.at(self.sigma, 0, 1), start.at(self.threshold, 0, 1)
        if not on_wave(problem, start) or threshold < FAINT:
            return self._above(projected(problem, start).abs(), start.support, sigma, threshold)
        support = torch.zeros_like(start.support)
        for i, (box, part) in enumerate(projected_boxes(problem, start)):
            wide = widened(box, problem.space, REACH * sigma)
            corner = [old.start - new.start for old, new in zip(box, wide, strict=True)]
            inner = fourier.placed(part.abs(), corner, [side.stop - side.start for side in wide])
            support[i][wide] = self._above(inner[None], start.support[i][wide][None], sigma, threshold)[0]
        return support

    def _above(self, estimate: Tensor, support: Tensor, sigma: float, threshold: float) -> Tensor:
        axes = fourier.axes(estimate.ndim - 1)
        smoothed = fourier.smooth(estimate, sigma, estimate.ndim - 1)
        if self.reference == "maximum":
            reference = smoothed.amax(dim=axes, keepdim=True)
        else:
            volume = support.sum(dim=axes, keepdim=True).clamp(min=1)
            reference = (estimate.square().sum(dim=axes, keepdim=True) / volume).sqrt()
        return smoothed > threshold * reference

    def estimate(self, problem: Problem, state: State) -> Tensor:
        """Return Π_s Π_m ρ, because the state may hold an iterate."""
        return projected(problem, state)

    def length(self) -> int | None:
        """Return 1."""
        return 1


def widened(box: fourier.Box, space: Sequence[int], by: float) -> fourier.Box:
    """Return the box with room for a Gaussian that reaches `by` voxels, of lengths with a fast transform; a side that
    would leave the array is the whole axis, which is periodic.
    """
    sides = []
    for side, n in zip(box, space, strict=True):
        room = math.ceil(by)
        length = fourier.fast_length(side.stop - side.start + 2 * room)
        first = side.start - room
        fits = first >= 0 and first + length <= n
        sides.append(slice(first, first + length) if fits else slice(0, n))
    return tuple(sides)
