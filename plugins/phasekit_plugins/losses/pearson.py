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
        """Return (*batch,) float64; see `Loss`. 1, with gradient 0, if data or prediction are constant."""
        predicted, p_square, p_varies = self._deviation(problem, amplitude)
        measured, m_square, m_varies = self._deviation(problem, problem.amplitude)
        varies = p_varies & m_varies
        # Two selections: with a single one, the gradient of a dropped 0/0 would still be NaN.
        square = torch.where(varies, p_square * m_square, 1)
        return torch.where(varies, 1 - total(predicted * measured, problem.ndim) / square.sqrt(), 1)

    @staticmethod
    def _deviation(problem: Problem, amplitude: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return |a − ā| (*batch, *detector), Σ(a − ā)² (*batch,), and whether that exceeds rounding."""
        ndim = problem.ndim
        trusted = torch.where(problem.valid, amplitude, 0)
        mean = total(trusted, ndim) / problem.valid.sum().clamp(min=1)
        deviation = torch.where(problem.valid, amplitude - spread(mean, ndim).to(amplitude.dtype), 0).abs()
        square = total(deviation.square(), ndim)
        rounding = (8 * torch.finfo(amplitude.dtype).eps) ** 2
        return deviation, square, square.detach() > rounding * total(trusted.detach().square(), ndim)
