"""The R factor."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from phasekit import Loss, Problem

from .sums import per, total


class RFactor(Loss):
    """Σ|√Ip − √Im| / Σ√Im over trusted voxels whose data exceed `counts`: the crystallographer's figure.

    It is meaningless without its cut (the correct model gives 10.8 at 0.01 counts, 0.66 at 1, 0.13 at 10), and a
    loose support lowers it: state the support's volume with it.
    """

    name: Literal["r-factor"] = "r-factor"
    counts: float = Field(10.0, ge=0, description="Only voxels with more raw counts than this are summed.")

    voxels: Literal["trusted", "held-out"] = Field(
        "trusted", description="Which voxels are summed: those that the solver fits, or those that it never saw."
    )

    def label(self) -> str:
        """Name the voxels if they are not the usual ones."""
        return self.name if self.voxels == "trusted" else f"{self.name} (held out)"

    def refusal(self, problem: Problem) -> str | None:
        """Refuse a problem without held-out voxels if they are requested."""
        if self.voxels == "trusted" or bool(problem.held_out.any()):
            return None
        return "r-factor should use held-out voxels, but this problem has none; set held_out, to 0.05 for example"

    def __call__(self, problem: Problem, object: Tensor, amplitude: Tensor) -> Tensor:
        """Return (*batch,) float64; see `Loss`. 1 if no voxel exceeds the cut."""
        trusted = self.voxels == "trusted"
        intensity = problem.intensity if trusted else problem.hidden
        counts = intensity if problem.sensitivity is None else intensity * problem.sensitivity
        judged = (problem.valid if trusted else problem.held_out) & (counts > self.counts)
        data = intensity.clamp(min=0).sqrt()
        difference = torch.where(judged, amplitude - data, 0)
        measured = torch.where(judged, data, 0)
        factor = per(total(difference.abs(), problem.ndim), total(measured, problem.ndim))
        return factor if bool(judged.any()) else factor + 1
