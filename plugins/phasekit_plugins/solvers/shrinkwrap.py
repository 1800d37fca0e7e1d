"""Shrink-wrap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor

from phasekit import Between, Problem, Schedule, Solver, State, fourier
from phasekit.core.feedback import on_wave, projected, projected_boxes

REST = 0.2
"""Fraction of the threshold, times the highest value, that the Gaussian may leave where it is at first not computed."""


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
        volume = support.flatten(-problem.ndim).count_nonzero(dim=-1)
        state = start.failing(volume == 0, "its support vanished")
        lap, laps = start.span
        if lap == laps - 1:  # an earlier, wider Gaussian may fill the array
            state = state.failing(volume == support[0].numel(), "its support fills the array")
        kept = (volume > 0) & start.running()
        if not bool(kept.all()):
            support = torch.where(kept.reshape(-1, *[1] * problem.ndim), support, start.support)
            volume = support.flatten(-problem.ndim).count_nonzero(dim=-1)
        yield state.changed(
            support=support,
            step=1,
            diagnostics={"support volume": volume.float() / support[0].numel()},
        )

    def _support(self, problem: Problem, start: State) -> Tensor:
        """Return where the smoothed modulus exceeds the threshold, (*batch, *space) bool."""
        sigma, threshold = start.at(self.sigma, 0, 1), start.at(self.threshold, 0, 1)
        axes = fourier.axes(problem.ndim)
        if not on_wave(problem, start):
            estimate = projected(problem, start).abs()
            smoothed = fourier.smooth(estimate, sigma, problem.ndim)
            return smoothed > threshold * self._reference(smoothed, estimate, start.support, axes)
        support = torch.zeros_like(start.support)
        for i, (box, part) in enumerate(projected_boxes(problem, start)):
            estimate, inside = part.abs(), start.support[i][box]
            shown, least = reached(box, problem.space, sigma, threshold)
            smoothed = smoothed_in(estimate, box, problem.space, sigma, shown)
            level = threshold * self._reference(smoothed, estimate, inside, axes)
            if float(level) <= least * float(estimate.amax()):  # what lies farther away may exceed it, too
                shown = tuple(slice(0, n) for n in problem.space)
                smoothed = smoothed_in(estimate, box, problem.space, sigma, shown)
            support[i][shown] = smoothed > level
        return support

    def _reference(self, smoothed: Tensor, estimate: Tensor, support: Tensor, axes: tuple[int, ...]) -> Tensor:
        """Return what the threshold is a fraction of."""
        if self.reference == "maximum":
            return smoothed.amax(dim=axes, keepdim=True)
        volume = support.sum(dim=axes, keepdim=True).clamp(min=1)
        return (estimate.square().sum(dim=axes, keepdim=True) / volume).sqrt()

    def estimate(self, problem: Problem, state: State) -> Tensor:
        """Return Π_s Π_m ρ, because the state may hold an iterate."""
        return projected(problem, state)

    def length(self) -> int | None:
        """Return 1."""
        return 1


def smoothed_in(estimate: Tensor, box: fourier.Box, space: Sequence[int], sigma: float, shown: fourier.Box) -> Tensor:
    """Return the smoothed estimate in the box `shown`, from its content in `box`."""
    if sigma <= 0:
        return estimate if shown == box else fourier.placed(estimate, [side.start for side in box], space)
    return fourier.smooth_within(estimate, box, [fourier.gaussian(n, sigma) for n in space], shown)


def reached(box: fourier.Box, space: Sequence[int], sigma: float, threshold: float) -> tuple[fourier.Box, float]:
    """Return the box around what a Gaussian lifts near the threshold, and the most that it leaves outside, over the
    highest value inside. An axis that the box would leave is whole: it is periodic.
    """
    if sigma <= 0:
        return box, 0.0
    sides, outside, gain = [], 0.0, 1.0
    for side, n in zip(box, space, strict=True):
        kernel = fourier.gaussian(n, sigma).abs()
        folded = kernel[1 : (n + 1) // 2] + kernel.flip(0)[: (n - 1) // 2]  # both sides, at distances 1, 2, …
        farthest = float(kernel[n // 2]) if n % 2 == 0 else 0.0
        beyond = folded.flip(0).cumsum(0).flip(0) + farthest  # at this distance and farther
        room = int((beyond > REST * threshold).count_nonzero())
        first, last = side.start - room, side.stop + room
        fits = first >= 0 and last <= n and room < len(beyond)
        sides.append(slice(first, last) if fits else slice(0, n))
        outside = max(outside, float(beyond[room]) if fits else 0.0)
        gain = max(gain, float(kernel.sum()))
    return tuple(sides), outside * gain ** (len(space) - 1)
