"""The χ² error."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from phasekit import Loss, Problem

from .sums import per, total

AMPLITUDE = 0.5
FLOOR = 1e-6
"""Intensity added before a power is taken, relative to the mean: a root's gradient at 0 stays finite."""


class ChiSquare(Loss):
    """Σ(√Ip − √Im)² / Σ Im over trusted voxels: the usual error of phase retrieval, dominated by the centre.

    With a `power` below ½ the weak voxels far from the centre count more: Σ(Ip^power − Im^power)² / Σ Im^(2 power).
    Source: Wu et al., npj Comput. Mater. 7, 175 (2021), L4 of Eq. 7.
    """

    name: Literal["chi2"] = "chi2"
    power: float = Field(
        AMPLITUDE, ge=0.05, le=1, description="Power of the compared intensities: 0.5 means amplitudes."
    )

    def __call__(self, problem: Problem, object: Tensor, amplitude: Tensor) -> Tensor:
        """Return (*batch,) float64; see `Loss`. For all-zero data there is no division by the data's sum."""
        predicted, data = amplitude, problem.amplitude
        if self.power != AMPLITUDE:
            mean = torch.where(problem.valid, problem.intensity, 0).sum() / problem.valid.sum().clamp(min=1)
            least = FLOOR * mean + torch.finfo(data.dtype).tiny
            predicted, data = ((a.square() + least) ** self.power for a in (amplitude, data))
        difference = torch.where(problem.valid, predicted - data, 0)
        measured = torch.where(problem.valid, data, 0)
        return per(total(difference.square(), problem.ndim), total(measured.square(), problem.ndim))

    def label(self) -> str:
        """Name the power if it is not the usual one."""
        return self.name if self.power == AMPLITUDE else f"{self.name} (I^{self.power:g})"
