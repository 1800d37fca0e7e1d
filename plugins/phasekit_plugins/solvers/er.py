"""Error reduction."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from phasekit import Iterative, Problem, State


class ErrorReduction(Iterative):
    """Project onto the data, then onto the support: Π_s Π_m ρ. Descends steadily, into the nearest minimum.

    Source: Fienup, Applied Optics 21, 2758 (1982).
    """

    name: Literal["er"] = "er"

    def step(self, problem: Problem, state: State, out: Tensor) -> Tensor:
        """Return Π_s Π_m ρ."""
        fitted = problem.project(state.object, state.nuisance, out=out)
        return torch.mul(fitted, state.support, out=fitted)
