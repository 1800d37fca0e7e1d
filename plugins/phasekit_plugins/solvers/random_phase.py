"""The random-phase start."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

import torch

from phasekit import Problem, Solver, State


class RandomPhase(Solver):
    """Start from the measured amplitudes with random phases in [−π, π]; ignores the given object."""

    name: Literal["random-phase"] = "random-phase"

    moves_truth = "it is a start"

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Yield the object."""
        if start.step >= 1:
            return
        phase = (start.draw(torch.rand, problem.detector, "phase") * 2 - 1) * math.pi
        amplitude = problem.amplitude * problem.valid
        wave = torch.polar(amplitude.expand(phase.shape).contiguous(), phase.to(amplitude.dtype))
        yield start.changed(object=problem.geometry.adjoint(wave), step=1)

    def length(self) -> int | None:
        """Return 1."""
        return 1
