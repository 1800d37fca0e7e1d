"""Hybrid input-output."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor

from phasekit import Between, Iterative, Problem, Schedule, State, modulus


class HybridInputOutput(Iterative):
    """Π_m ρ inside the support, ρ − β Π_m ρ outside: leaves the minima that hold error reduction.

    The iterate is not the object: up to half of it lies outside the support. The estimate is Π_s Π_m ρ.
    Source: Fienup, Applied Optics 21, 2758 (1982).
    """

    name: Literal["hio"] = "hio"
    beta: Annotated[Schedule | float, Between(0, 2)] = Field(0.9, description="Feedback outside the support.")

    def step(self, problem: Problem, state: State, out: Tensor) -> Tensor:
        """Return Π_m ρ in S; ρ − β Π_m ρ outside."""
        beta = state.at(self.beta, state.step, self.steps)
        fitted = problem.project(state.object, state.nuisance, out=out)
        feed_back_outside(fitted, state.object, state.support, beta)
        return fitted

    def estimate(self, problem: Problem, state: State) -> Tensor:
        """Return Π_s Π_m ρ."""
        return problem.project(state.object, state.nuisance) * state.support


def feed_back_outside(fitted: Tensor, object: Tensor, support: Tensor, beta: float) -> None:
    """Replace `fitted` by `object` − β `fitted` outside the support, in place.

    `torch.where` on complex numbers costs five times this arithmetic on a CPU.
    """
    new, old, inside = fitted.view(-1), object.reshape(-1), support.reshape(-1)
    for part in modulus.blocks(new.numel(), new.device):
        change = torch.sub(old[part], new[part], alpha=1 + beta).mul_(~inside[part])
        new[part].add_(change)
