"""The difference map."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor

from phasekit import Between, Iterative, Problem, Schedule, State


class DifferenceMap(Iterative):
    """ρ + β [Π_s f_m(ρ) − Π_m f_s(ρ)]: searches most widely, at two data projections a step.

    f_m = Π_m + (Π_m − 1)/β and f_s = Π_s − (Π_s − 1)/β; the estimate is Π_s f_m(ρ).
    Source: Elser, J. Opt. Soc. Am. A 20, 40 (2003).
    """

    name: Literal["dm"] = "dm"
    beta: Annotated[Schedule | float, Between(0.1, 1)] = Field(0.9, description="Step of the map; 1 gives HIO(1).")

    def step(self, problem: Problem, state: State) -> Tensor:
        """Return ρ + β [Π_s f_m(ρ) − Π_m f_s(ρ)]."""
        beta = state.at(self.beta, state.step, self.steps)
        rho, support = state.object, state.support
        reflected = torch.where(support, rho, rho / beta)  # f_s(ρ): ρ inside, ρ/β outside
        change = self._forward_estimate(problem, state, beta) - problem.project(reflected, state.nuisance)
        return torch.add(rho, change, alpha=beta)

    def estimate(self, problem: Problem, state: State) -> Tensor:
        """Return Π_s f_m(ρ)."""
        step = min(state.step, self.steps - 1)
        return self._forward_estimate(problem, state, state.at(self.beta, step, self.steps))

    @staticmethod
    def _forward_estimate(problem: Problem, state: State, beta: float) -> Tensor:
        fitted = problem.project(state.object, state.nuisance)
        return (fitted + (fitted - state.object) / beta) * state.support
