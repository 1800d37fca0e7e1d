"""Sums over the detector that stay exact, and roots and ratios that stay finite, gradients included."""

from __future__ import annotations

import torch
from torch import Tensor

from phasekit import fourier


def total(values: Tensor, ndim: int) -> Tensor:
    """Sum (*batch, *detector) over its last `ndim` axes, accumulated in float64: (*batch,)."""
    return values.sum(dim=fourier.axes(ndim), dtype=torch.float64)


def root(values: Tensor) -> Tensor:
    """Return √values with gradient 0, not infinite, where they are 0."""
    positive = values > 0
    return torch.where(positive, torch.where(positive, values, 1).sqrt(), 0)


def per(values: Tensor, reference: Tensor) -> Tensor:
    """Return values / reference, and the values themselves where the reference is 0 (empty data)."""
    return values / torch.where(reference > 0, reference, 1)


def spread(values: Tensor, ndim: int) -> Tensor:
    """Give (*batch,) numbers `ndim` more axes, to broadcast with (*batch, *detector)."""
    return values.reshape(*values.shape, *[1] * ndim)
