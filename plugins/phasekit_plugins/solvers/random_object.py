"""The random-object start."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

import torch
from pydantic import Field

from phasekit import Problem, Solver, State, fourier


class RandomObject(Solver):
    """Start from random amplitudes and phases inside the support, with the energy of the data."""

    name: Literal["random-object"] = "random-object"
    phase_rad: float = Field(
        math.pi, ge=0, le=math.pi, description="Phases are drawn from [−phase_rad, phase_rad], radians."
    )

    moves_truth = "it is a start"

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Yield the object."""
        if start.step >= 1:
            return
        dtype = problem.amplitude.dtype
        amplitude = start.draw(torch.rand, problem.space, "amplitude").to(dtype) * start.support
        phase = (start.draw(torch.rand, problem.space, "phase").to(dtype) * 2 - 1) * self.phase_rad
        axes = fourier.axes(problem.ndim)
        norm = amplitude.square().sum(dim=axes, keepdim=True).clamp(min=torch.finfo(dtype).tiny).sqrt()
        energy = (problem.intensity * problem.valid).sum().sqrt()
        yield start.changed(object=torch.polar(amplitude * (energy / norm), phase), step=1)

    def length(self) -> int | None:
        """Return 1."""
        return 1
