"""The free likelihood."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from phasekit import InputError, Loss, Problem

from .poisson import half_deviance


class FreePoisson(Loss):
    """The Poisson likelihood over the held-out voxels, which no solver has seen: it shows overfitting.

    Source: Favre-Nicolin, Leake and Chushkin, Sci. Rep. 10, 2664 (2020).
    """

    name: Literal["free-poisson"] = "free-poisson"

    def __call__(self, problem: Problem, object: Tensor, amplitude: Tensor) -> Tensor:
        """Return (*batch,) float64; see `Loss`. Raises InputError if nothing is held out."""
        if reason := self.refusal(problem):
            raise InputError(reason)
        return half_deviance(problem, amplitude, problem.hidden, problem.held_out)

    def refusal(self, problem: Problem) -> str | None:
        """Refuse a problem without held-out voxels."""
        if bool(problem.held_out.any()):
            return None
        return "free-poisson needs held-out voxels, but this problem has none; set held_out, to 0.05 for example"
