"""Quantities of the model besides the object: partial coherence, a flat background, an offset of the centre."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from phasekit.numerics import fourier

NAMES = ("coherence", "background", "centre")
"""coherence (*batch, ndim): standard deviation of the Gaussian that blurs the intensity, voxels; background (*batch,):
photons in every voxel; centre (*batch, ndim): offset of zero frequency from its voxel's middle, voxels."""


def ramp(centre: Tensor, space: tuple[int, ...]) -> Tensor:
    """Return the phase factor (*batch, *space) of an object that moves its wave by `centre` (*batch, ndim) voxels."""
    ndim = len(space)
    angle = torch.zeros((), device=centre.device, dtype=centre.dtype)
    for axis, n in enumerate(space):
        place = (torch.arange(n, device=centre.device, dtype=centre.dtype) - n // 2) / n
        place = fourier.along(place, axis, ndim)
        angle = angle - 2 * math.pi * centre[..., axis].reshape(*centre.shape[:-1], *[1] * ndim) * place
    return torch.polar(torch.ones_like(angle), angle)


def detected(intensity: Tensor, nuisance: Mapping[str, Tensor], ndim: int) -> Tensor:
    """Return the measured intensity (*batch, *detector), given that of a coherent wave; differentiable."""
    if "coherence" in nuisance:
        spectrum = torch.fft.rfftn(intensity, dim=fourier.axes(ndim))
        sigma = nuisance["coherence"]
        for axis, frequency in enumerate(fourier.frequencies(intensity.shape[-ndim:], intensity)):
            if axis == ndim - 1:
                frequency = frequency[..., : spectrum.shape[-1]]
            width = sigma[..., axis].reshape(*sigma.shape[:-1], *[1] * ndim)
            spectrum = spectrum * torch.exp(-2 * (math.pi * width * frequency) ** 2)
        blurred = torch.fft.irfftn(spectrum, s=intensity.shape[-ndim:], dim=fourier.axes(ndim))
        intensity = blurred.clamp(min=0)
    if "background" in nuisance:
        background = nuisance["background"]
        intensity = intensity + background.reshape(*background.shape, *[1] * ndim)
    return intensity
