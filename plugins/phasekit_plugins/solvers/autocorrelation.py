"""The autocorrelation start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from phasekit import Problem, Solver, State, fourier


class Autocorrelation(Solver):
    """Set the support to the region inside the half-box where the object's autocorrelation exceeds a threshold.

    The autocorrelation, the transform of the measured intensity, is twice as wide as the object, so this is
    loose and safe. The object stays unchanged: add a start that fills the support.
    """

    name: Literal["autocorrelation"] = "autocorrelation"
    threshold: float = Field(0.1, gt=0, lt=1, description="Fraction of the autocorrelation's maximum.")

    moves_truth = "it is a start"

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Yield the state with the new support."""
        if start.step >= 1:
            return
        intensity = (problem.intensity * problem.valid).to(problem.complex_dtype)
        correlation = fourier.to_object(intensity, problem.ndim).abs()
        inside = fourier.centred(correlation > self.threshold * correlation.max(), problem.ndim)
        box = problem.support
        support = (inside & box) if bool((inside & box).any()) else box
        yield start.changed(support=support.expand_as(start.support).clone(), step=1)

    def length(self) -> int | None:
        """Return 1."""
        return 1
