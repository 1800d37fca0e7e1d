"""Error reduction."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from phasekit import Iterative, Problem, State


class ErrorReduction(Iterative):
    """Project onto the data, then onto the support: Π_s Π_m ρ. Descends steadily into the nearest minimum.

    Source: Fienup, Applied Optics 21, 2758 (1982).
    """

    name: Literal["er"] = "er"

    def step(self, problem: Problem, state: State) -> Tensor:
        """Return Π_s Π_m ρ."""
        return problem.project(state.object, state.nuisance).mul_(state.support)
