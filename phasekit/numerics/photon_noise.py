"""The square root of Poisson counts at any mean: its mean, variance and residual."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

LIMIT = 8.0
"""√λ at the end of the table; beyond it the series in 1/λ is accurate to 1e-6."""

POINTS = 4096


def shortfall(mean: Tensor) -> Tensor:
    """Return √λ − E√n for counts n drawn from a Poisson law of mean λ = `mean` (any shape, ≥ 0), float64.

    The expected residual E(√λ − √n)² is 2√λ times this, the variance of √n this times (2√λ − this). From λ = 64
    on it is 1/(8√λ) (1 + 7/(16λ) + 75/(128λ²)).
    """
    root = mean.double().sqrt()
    large = root.clamp(min=LIMIT)
    series = (1 + 7 / (16 * large**2) + 75 / (128 * large**4)) / (8 * large)
    return torch.where(root < LIMIT, _read(_table(0), root), series)


def residual_variance(mean: Tensor) -> Tensor:
    """Return the variance of (√λ − √n)² for counts n of mean λ = `mean` (any shape, ≥ 0), float64; 1/8 for large λ."""
    root = mean.double().sqrt()
    large = root.clamp(min=LIMIT)
    # The factor makes both meet at the table's end; it stands for the second term of the series.
    series = 0.125 + (_table(1)[-1] - 0.125).to(root.device) * (LIMIT / large) ** 2
    return torch.where(root < LIMIT, _read(_table(1), root), series)


def _read(table: Tensor, root: Tensor) -> Tensor:
    """Interpolate a table over √λ linearly."""
    place = root.clamp(max=LIMIT) * ((POINTS - 1) / LIMIT)
    low = place.long().clamp(max=POINTS - 2)
    known = table.to(root.device)
    return torch.lerp(known[low], known[low + 1], place - low)


@cache
def _table(which: int) -> Tensor:
    """Return (POINTS,) float64 over √λ from 0 to LIMIT: 0 the shortfall, 1 the variance of the residual.

    Sums over all counts with a noticeable probability.
    """
    root = torch.linspace(0, LIMIT, POINTS, dtype=torch.float64)[:, None]
    counts = torch.arange(0, 250, dtype=torch.float64)
    chance = torch.exp(torch.xlogy(counts, root**2) - root**2 - torch.lgamma(counts + 1))
    apart = (root - counts.sqrt()) ** 2
    residual = (chance * apart).sum(dim=1)
    if which == 0:
        return root[:, 0] - (chance * counts.sqrt()).sum(dim=1)
    return (chance * apart**2).sum(dim=1) - residual**2
