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

    It says nothing without its cut (the right model gives 10.8 at 0.01 counts, 0.66 at 1, 0.13 at 10), and a
    loose support lowers it: state the support's volume beside it.
    """

    name: Literal["r-factor"] = "r-factor"
    counts: float = Field(10.0, ge=0, description="Only voxels with more raw counts than this are summed.")

    def __call__(self, problem: Problem, object: Tensor, amplitude: Tensor) -> Tensor:
        """Return (*batch,) float64; see `Loss`. 0 where no voxel exceeds the cut."""
        counts = problem.intensity if problem.sensitivity is None else problem.intensity * problem.sensitivity
        judged = problem.valid & (counts > self.counts)
        difference = torch.where(judged, amplitude - problem.amplitude, 0)
        measured = torch.where(judged, problem.amplitude, 0)
        return per(total(difference.abs(), problem.ndim), total(measured, problem.ndim))
