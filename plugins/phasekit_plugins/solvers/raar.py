"""Relaxed averaged alternating reflections."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor

from phasekit import Between, Feedback, Problem, Schedule, State
from phasekit.core.feedback import projected


class RelaxedReflections(Feedback):
    """β/2 (R_s R_m + 1) ρ + (1−β) Π_m ρ, R = 2Π − 1: like HIO, but steadier near the solution.

    With the support as the only constraint this is Π_m ρ inside it for any β, and βρ + (1−2β) Π_m ρ outside.
    Source: Luke, Inverse Problems 21, 37 (2005).
    """

    name: Literal["raar"] = "raar"
    beta: Annotated[Schedule | float, Between(0, 1)] = Field(0.9, description="Relaxation; 1 gives HIO(1).")

    def outside(self, state: State) -> tuple[float, float]:
        """Return 1−2β, β."""
        beta = state.at(self.beta, state.step, self.steps)
        return 1 - 2 * beta, beta

    def estimate(self, problem: Problem, state: State) -> Tensor:
        """Return Π_s Π_m ρ."""
        return projected(problem, state)
