"""Errors of a batch of objects in a box: against the nearer of object and twin, any global phase removed.

Shifts are not removed: a trained network answers at the object's position. `phasekit.numerics.registration`
finds shifts.
"""

from __future__ import annotations

import torch
from torch import Tensor

from phasekit.numerics import fourier
from phasekit.numerics.symmetry import twin


def twins(objects: Tensor) -> Tensor:
    """Return the conjugate inversion of each of (n, *box) about the box's centre n//2; same diffraction."""
    return twin(objects, objects.ndim - 1, about="middle")


def object_errors(objects: Tensor, truth: Tensor) -> Tensor:
    """Return ‖e^(iθ)ρ − g‖ / ‖g‖ of (n, *box), θ the best global phase: (n,) real, differentiable but at 0."""
    overlap, ours, theirs = _products(objects, truth)
    return ((ours + theirs - 2 * overlap.abs()).clamp(min=1e-12 * theirs) / theirs).sqrt()


def nearer(objects: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    """Return the smaller object error of truth and twin, (n,), and the nearer of the two, (n, *box)."""
    other = twins(truth)
    direct, inverted = object_errors(objects, truth), object_errors(objects, other)
    chosen = torch.where((inverted < direct).reshape(-1, *[1] * (truth.ndim - 1)), other, truth)
    return torch.minimum(direct, inverted), chosen


def phase_errors(objects: Tensor, truth: Tensor) -> Tensor:
    """Return the rms difference of phase inside the truth, weighted by its intensity, radians: (n,).

    The global phase is removed; `truth` is the nearer of object and twin.
    """
    product = objects * truth.conj()
    axes = fourier.axes(truth.ndim - 1)
    mean = product.sum(dim=axes, keepdim=True)
    angle = (product * torch.polar(torch.ones_like(mean.real), -mean.angle())).angle()
    weight = truth.abs().square()
    return ((angle.square() * weight).sum(dim=axes) / weight.sum(dim=axes)).sqrt()


def flat(truth: Tensor) -> Tensor:
    """Return the true amplitude with a flat phase."""
    return truth.abs().to(truth.dtype)


def mixture(truth: Tensor) -> Tensor:
    """Return the mean of object and twin, their global phases matched: an answer that does not distinguish the two."""
    other = twins(truth)
    overlap, _, _ = _products(other, truth)
    phase = torch.polar(torch.ones_like(overlap.real), -overlap.angle())
    return (truth + other * phase.reshape(-1, *[1] * (truth.ndim - 1))) / 2


def _products(objects: Tensor, truth: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return ⟨g, ρ⟩ complex, ‖ρ‖² and ‖g‖², (n,) each."""
    axes = fourier.axes(truth.ndim - 1)
    overlap = (objects * truth.conj()).sum(dim=axes)
    return overlap, objects.abs().square().sum(dim=axes), truth.abs().square().sum(dim=axes)
