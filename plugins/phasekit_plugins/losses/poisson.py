"""The Poisson likelihood."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from phasekit import Loss, Problem

from .sums import total

FLOOR = 1e-10
"""Minimum count in the logarithm, relative to the mean count: counts with prediction 0 stay finite."""


class Poisson(Loss):
    """Mean of Ip − Im + Im ln(Im/Ip) over trusted voxels, in raw counts: correct if photon noise dominates.

    Half the deviance. For the correct model it is about ½ only if 3 or more counts are expected (0.57 at 1,
    0.24 at 0.1, 0.046 at 0.01). Source: Thibault and Guizar-Sicairos, New J. Phys. 14, 063004 (2012).
    """

    name: Literal["poisson"] = "poisson"

    def __call__(self, problem: Problem, object: Tensor, amplitude: Tensor) -> Tensor:
        """Return (*batch,) float64; see `Loss`."""
        return half_deviance(problem, amplitude, problem.intensity, problem.valid)


def half_deviance(problem: Problem, amplitude: Tensor, intensity: Tensor, judged: Tensor) -> Tensor:
    """Return the mean of Ip − Im + Im ln(Im/Ip) over the voxels `judged`: (*batch,) float64.

    `amplitude` (*batch, *detector) is predicted, `intensity` (*detector) measured, `judged` (*detector) bool;
    the problem's sensitivity converts the first two to counts.
    """
    # Counts of 1e5 cancel to ½, which float32 would not resolve.
    scale = 1.0 if problem.sensitivity is None else problem.sensitivity.double()
    measured = torch.where(judged, intensity.double() * scale, 0)
    predicted = torch.where(judged, amplitude.double().square() * scale, 0)
    number = judged.sum().clamp(min=1)
    least = (FLOOR * measured.sum() / number).clamp(min=torch.finfo(torch.float32).tiny)
    surprise = measured * (measured.clamp(min=least).log() - predicted.clamp(min=least).log())
    return total(predicted - measured + surprise, problem.ndim) / number
