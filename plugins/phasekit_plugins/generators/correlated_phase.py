"""A smooth random phase on any grid: white noise under a Gaussian."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from phasekit import fourier


def voxel_steps(grid: Tensor) -> Tensor:
    """Return the steps of a voxel along the axes of `grid` (*space, ndim), as rows: (ndim, ndim) float64, CPU."""
    ndim = grid.shape[-1]
    last = [tuple(n - 1 if other == axis else 0 for other in range(ndim)) for axis, n in enumerate(grid.shape[:-1])]
    # On the CPU: the round trip to a GPU takes longer than the work.
    corners = torch.stack([grid[place] for place in ((0,) * ndim, *last)]).cpu().double()
    counts = torch.tensor(grid.shape[:-1], dtype=torch.float64)[:, None] - 1
    return (corners[1:] - corners[0]) / counts


def correlated_phase(
    grid: Tensor, inside: Tensor, lengths: tuple[float, ...], span: float, rng: torch.Generator
) -> Tensor:
    """Draw a Gaussian-correlated phase from exactly 0 to `span` radians inside, 0 outside: (*space) real.

    `grid` (*space, ndim) holds the voxel positions, sheared or not; `inside` (*space) is bool. White noise is
    smoothed with a Gaussian whose standard deviation along each coordinate of `grid` is in `lengths`: the
    correlation at r is exp(−Σ r²/4L²), 1/e at 2L. It is periodic over the array, twice as wide as the object.
    Source: Wu et al., npj Comput. Mater. 7, 175 (2021), Eq. 5.
    """
    space = tuple(grid.shape[:-1])
    noise = torch.randn(space, generator=rng).to(grid)
    # Wavevectors in the coordinates of the grid: steps · q = 2π f, f in cycles per voxel.
    inverse = 2 * math.pi * torch.linalg.inv(voxel_steps(grid))
    frequencies = fourier.frequencies(space, noise)
    frequencies[-1] = frequencies[-1][..., : space[-1] // 2 + 1]
    exponent = torch.zeros((), device=grid.device)
    for length, row in zip(lengths, inverse.tolist(), strict=True):
        q = sum((slope * f for slope, f in zip(row, frequencies, strict=True)), exponent.new_zeros(()))
        exponent = exponent - (length * q).square() / 2
    spectrum = torch.fft.rfftn(noise) * exponent.exp()
    smooth = torch.fft.irfftn(spectrum, s=space)
    low = torch.where(inside, smooth, torch.inf).amin()
    high = torch.where(inside, smooth, -torch.inf).amax()
    width = torch.where(high > low, high - low, 1)
    return torch.where(inside, (smooth - low) / width * span, 0)
