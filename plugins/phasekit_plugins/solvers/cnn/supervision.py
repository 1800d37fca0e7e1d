"""The training losses of a supervised network: the paper's Eq. 6, and the object error."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from phasekit import fourier
from phasekit.training import object_error
from phasekit.training.samples import Samples

from ...losses.pearson import modified_pearson


@dataclass(frozen=True)
class Weighing:
    """Weights of the losses, 0 for unused ones."""

    object: float
    amplitude: float
    phase: float
    diffraction: float

    def total(self) -> float:
        """Return their sum."""
        return self.object + self.amplitude + self.phase + self.diffraction


def compared(objects: Tensor, amplitude: Tensor, samples: Samples, weights: Weighing, *, nearer: bool) -> Tensor:
    """Return the weighted mean of the losses of (n, *box), (n,); with `nearer`, against the better of object and twin.

    `amplitude` (n, *detector) is the objects' prediction.
    """
    here = _in_space(objects, samples.truth, weights)
    if nearer:
        here = torch.minimum(here, _in_space(objects, _twins(samples.truth, weights), weights))
    if weights.diffraction:
        everywhere = torch.ones_like(samples.exact[0], dtype=torch.bool)
        correlation = modified_pearson(amplitude, samples.exact, everywhere)  # L3 of Eq. 6
        here = here + weights.diffraction * correlation.to(here.dtype)
    return here / (weights.total() or 1)


def _in_space(objects: Tensor, truth: Tensor, weights: Weighing) -> Tensor:
    """Return the weighted sum of the losses on the object."""
    total = torch.zeros(len(truth), device=truth.device)
    if weights.object:
        total = total + weights.object * object_error.object_errors(objects, truth)
    if weights.amplitude:
        total = total + weights.amplitude * relative_rmse(objects.abs(), truth.abs())
    if weights.phase:
        total = total + weights.phase * relative_rmse(_phase(objects), truth.angle())
    return total


def _phase(objects: Tensor) -> Tensor:
    """Return the phase, 0 with gradient 0 where the amplitude is 0."""
    faint = objects.detach().abs() < 1e-12
    return torch.where(faint, 0, torch.where(faint, 1, objects).angle())


def _twins(truth: Tensor, weights: Weighing) -> Tensor:
    """Return the twins; for a loss that depends on the global phase, with the same range of phases as the objects."""
    turned = object_error.twins(truth)
    if not weights.phase:
        return turned
    phase, inside = truth.angle().flatten(1), (truth.abs() > 0).flatten(1)
    highest = torch.where(inside, phase, -torch.inf).amax(dim=1)
    lowest = torch.where(inside, phase, torch.inf).amin(dim=1)
    both = (highest + lowest).reshape(-1, *[1] * (truth.ndim - 1))
    return turned * torch.polar(torch.ones_like(both), both)


def relative_rmse(predicted: Tensor, truth: Tensor) -> Tensor:
    """Return √Σ(p − g)² / √Σg², L1 and L2 of Eq. 6: (n,)."""
    axes = fourier.axes(truth.ndim - 1)
    size = truth.square().sum(dim=axes)
    off = (predicted - truth).square().sum(dim=axes)
    # If the truth is all zero, the norm is not relative.
    return (off.clamp(min=1e-20) / torch.where(size > 0, size, 1)).sqrt()
