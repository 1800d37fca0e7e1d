"""Which voxels are held out: islands away from the peak, so that neighbours do not reveal them."""

from __future__ import annotations

import torch
from torch import Tensor

from phasekit.numerics import fourier


def islands(valid: Tensor, fraction: float, seed: int, radius: int) -> Tensor:
    """Draw balls at random places away from the peak until `fraction` of the trusted voxels is covered."""
    shape = tuple(valid.shape)
    radii = [min(radius, max((n - 1) // 8, 0)) for n in shape]
    volume = torch.ones(shape)
    for freq, n in zip(fourier.frequencies(shape, volume), shape, strict=True):
        volume = volume * (freq.abs() * n < max(0.05 * n, 1) + radius)
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(volume.numel(), generator=generator)
    order = order[~volume.flatten()[order].bool()]
    ball = torch.zeros(shape)
    for freq, n, r in zip(fourier.frequencies(shape, ball), shape, radii, strict=True):
        ball = ball + (freq * n / max(r, 0.5)) ** 2
    ball = (ball <= 1).float()
    per_island = float(ball.sum())
    wanted = fraction * float(valid.sum())
    count = max(1, round(-valid.numel() / per_island * torch.log1p(torch.tensor(-min(fraction, 0.9))).item()))
    trusted = valid.cpu()
    for _ in range(8):
        seeds = torch.zeros(volume.numel())
        seeds[order[:count]] = 1
        spread = torch.fft.irfftn(
            torch.fft.rfftn(seeds.reshape(shape)) * torch.fft.rfftn(ball),
            s=shape,
            dim=fourier.axes(len(shape)),
        )
        held = (spread > 0.5) & trusted
        got = float(held.sum())
        if got >= 0.9 * wanted or count >= len(order):
            break
        count = min(len(order), max(count + 1, round(count * wanted / max(got, 1.0))))
    islands: Tensor = held.to(valid.device)
    return islands
