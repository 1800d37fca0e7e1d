"""Moments: mean and standard deviation of arrays that are added one by one, to save memory."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


class Moments:
    """Running mean and sum of squared differences from it, element by element, in float64.

    Source: Welford, Technometrics 4, 419 (1962), whose update avoids the cancellation between a sum of squares and a
    squared sum.
    """

    def __init__(self, shape: Sequence[int], device: torch.device | str = "cpu") -> None:
        self.count = 0
        self.mean = torch.zeros(tuple(shape), dtype=torch.float64, device=device)
        self._squares = torch.zeros_like(self.mean)

    def add(self, values: Tensor) -> None:
        """Add one array (*shape) real."""
        values = values.to(torch.float64)
        away = values - self.mean
        self.count += 1
        self.mean += away / self.count
        self._squares += away * (values - self.mean)

    def deviation(self) -> Tensor:
        """Return the standard deviation (*shape), n − 1 in the denominator; 0 for fewer than two arrays."""
        return (self._squares / max(self.count - 1, 1)).sqrt()

    def root_mean_square(self, about: float | None = None) -> Tensor:
        """Return the root of the mean squared difference (*shape) from `about`, by default from the mean."""
        squares = self._squares / max(self.count, 1)
        return (squares if about is None else squares + (self.mean - about).square()).sqrt()
