"""Hybrid input-output."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor

from phasekit import Between, Iterative, Problem, Schedule, State

from .outside import change_outside


class HybridInputOutput(Iterative):
    """Π_m ρ inside the support, ρ − β Π_m ρ outside: escapes the minima that trap error reduction.

    The iterate is not the object: up to half of it lies outside the support. The estimate is Π_s Π_m ρ.
    Source: Fienup, Applied Optics 21, 2758 (1982).
    """

    name: Literal["hio"] = "hio"
    beta: Annotated[Schedule | float, Between(0, 2)] = Field(0.9, description="Feedback outside the support.")

    def step(self, problem: Problem, state: State) -> Tensor:
        """Return Π_m ρ in S; ρ − β Π_m ρ outside."""
        beta = state.at(self.beta, state.step, self.steps)
        fitted = problem.project(state.object, state.nuisance)
        change_outside(fitted, state.object, state.support, gain=1, less=1 + beta)
        return fitted

    def estimate(self, problem: Problem, state: State) -> Tensor:
        """Return Π_s Π_m ρ."""
        return problem.project(state.object, state.nuisance) * state.support
