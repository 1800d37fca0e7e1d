"""Hybrid input-output."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor

from phasekit import Between, Feedback, Problem, Schedule, State
from phasekit.core.feedback import projected


class HybridInputOutput(Feedback):
    """Π_m ρ inside the support, ρ − β Π_m ρ outside: escapes the minima that trap error reduction.

    The iterate is not the object: up to half of it lies outside the support. The estimate is Π_s Π_m ρ.
    Source: Fienup, Applied Optics 21, 2758 (1982).
    """

    name: Literal["hio"] = "hio"
    beta: Annotated[Schedule | float, Between(0, 2)] = Field(0.9, description="Feedback outside the support.")

    def outside(self, state: State) -> tuple[float, float]:
        """Return −β, 1."""
        return -state.at(self.beta, state.step, self.steps), 1

    def estimate(self, problem: Problem, state: State) -> Tensor:
        """Return Π_s Π_m ρ."""
        return projected(problem, state)
