"""The χ² error."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from phasekit import Loss, Problem

from .sums import per, total


class ChiSquare(Loss):
    """Σ(√Ip − √Im)² / Σ Im over trusted voxels: the usual error of phase retrieval, ruled by the centre.

    Source: Wu et al., npj Comput. Mater. 7, 175 (2021), L4 of Eq. 7.
    """

    name: Literal["chi2"] = "chi2"

    def __call__(self, problem: Problem, object: Tensor, amplitude: Tensor) -> Tensor:
        """Return (*batch,) float64; see `Loss`. For all-zero data the division by Σ Im is left out."""
        difference = torch.where(problem.valid, amplitude - problem.amplitude, 0)
        measured = torch.where(problem.valid, problem.amplitude, 0)
        return per(total(difference.square(), problem.ndim), total(measured.square(), problem.ndim))
