"""The modified Pearson correlation."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from phasekit import Loss, Problem

from .sums import spread, total


class Pearson(Loss):
    """1 − Σ|p−p̄||m−m̄| / √(Σ(p−p̄)² Σ(m−m̄)²) on amplitudes: weak features count; scale and offset do not.

    It ignores the sign too: reflections about the mean score 0, and independent speckle 0.35, not 1.
    Minimise it only together with `chi2`. Source: Wu et al., npj Comput. Mater. 7, 175 (2021), L3 of Eq. 6.
    """

    name: Literal["pearson"] = "pearson"

    def __call__(self, problem: Problem, object: Tensor, amplitude: Tensor) -> Tensor:
        """Return (*batch,) float64; see `Loss`. 1, with gradient 0, where data or prediction are constant."""
        return modified_pearson(amplitude, problem.amplitude, problem.valid)


def modified_pearson(predicted: Tensor, measured: Tensor, valid: Tensor) -> Tensor:
    """Return 1 − Σ|p−p̄||m−m̄| / √(Σ(p−p̄)² Σ(m−m̄)²) over the voxels that `valid` (*detector) bool holds: (*batch,).

    `predicted` and `measured`, either (*batch, *detector) or (*detector), are amplitudes; float64, and 1, with gradient
    0, where one of them is constant.
    """
    ours, p_square, p_varies = _deviation(predicted, valid)
    theirs, m_square, m_varies = _deviation(measured, valid)
    varies = p_varies & m_varies
    # Two selections: a gradient of 0/0 that a single one drops would still be NaN.
    square = torch.where(varies, p_square * m_square, 1)
    return torch.where(varies, 1 - total(ours * theirs, valid.ndim) / square.sqrt(), 1)


def _deviation(amplitude: Tensor, valid: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return |a − ā| (*batch, *detector), Σ(a − ā)² (*batch,), and whether that exceeds rounding."""
    ndim = valid.ndim
    trusted = torch.where(valid, amplitude, 0)
    mean = total(trusted, ndim) / valid.sum().clamp(min=1)
    deviation = torch.where(valid, amplitude - spread(mean, ndim).to(amplitude.dtype), 0).abs()
    square = total(deviation.square(), ndim)
    rounding = (8 * torch.finfo(amplitude.dtype).eps) ** 2
    return deviation, square, square.detach() > rounding * total(trusted.detach().square(), ndim)
