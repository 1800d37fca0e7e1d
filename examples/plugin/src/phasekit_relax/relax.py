"""Over-relaxed error reduction."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor

from phasekit import Between, Iterative, Problem, Schedule, State


class Relax(Iterative):
    """Step past the projection on the data, then project on the support: Π_s [ρ + β (Π_m ρ − ρ)].

    β = 1 is error reduction; above 1 it is quicker where that creeps.
    Source: Levi and Stark, J. Opt. Soc. Am. A 1, 932 (1984).
    """

    name: Literal["relax"] = "relax"
    beta: Annotated[Schedule | float, Between(0.5, 1.9)] = Field(1.5, description="How far to step; 1 is to it.")

    def step(self, problem: Problem, state: State) -> Tensor:
        """Return Π_s [ρ + β (Π_m ρ − ρ)]."""
        beta = state.at(self.beta, state.step, self.steps)
        fitted = problem.project(state.object, state.nuisance)
        return torch.lerp(state.object, fitted, beta) * state.support
