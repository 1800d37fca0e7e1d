"""Alignment of objects before a comparison: translation, twin and phase, which the data do not determine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from phasekit.numerics import fourier
from phasekit.numerics.symmetry import twin

REFINEMENTS = (0.1, 0.01, 0.001)
"""Steps, in voxels, of the grids for the correlation's peak, after whole voxels."""

CLEARLY_LOWER = 0.6
"""Fraction of the higher peak below which the other one of object and twin is not refined."""


@dataclass(frozen=True, eq=False)
class Alignment:
    """How to align one object with another, and their correlation."""

    twin: bool
    """Whether the conjugate inversion ρ*(−r) is closer than the object itself."""
    shift: tuple[float, ...]
    """Shift of the object (or its twin), voxels per axis."""
    overlap: Tensor
    """⟨reference, moved object⟩, complex128; its angle is the global phase to remove."""
    correlation: float
    """|overlap| over the norms: 1 for the same object up to the alignment; 0 if one is empty."""

    def apply(self, object: Tensor, *, whole: bool = False, scale: bool = False) -> Tensor:
        """Align `object` (*space); `whole` rounds the shift to voxels, which keeps the values."""
        shift = [float(round(s)) for s in self.shift] if whole else self.shift
        moved = fourier.shift(twin(object) if self.twin else object, shift, object.ndim)
        factor = torch.polar(torch.ones((), dtype=torch.float64), -self.overlap.angle().cpu())
        if scale:
            factor = factor * float(self.overlap.abs() / object.abs().double().square().sum().clamp(min=1e-300))
        return moved * factor.to(moved.device, moved.dtype)

    def apply_support(self, support: Tensor) -> Tensor:
        """Move a support (*space) bool along with its object, by whole voxels."""
        inverted = twin(support) if self.twin else support
        return torch.roll(inverted, [round(s) for s in self.shift], dims=fourier.axes(support.ndim))


def align(object: Tensor, reference: Tensor, *, try_twin: bool = True) -> Alignment:
    """Find the alignment of `object` with `reference`, both (*space) complex, to about 0.001 voxel.

    The shift maximises |Σ reference* · moved object|, which does not depend on the global phase.
    """
    with torch.no_grad():
        ours, theirs = torch.fft.fftn(object), torch.fft.fftn(reference).conj()
        # The transform of the twin is the conjugate of the object's.
        crosses = [theirs * ours, theirs * ours.conj()] if try_twin else [theirs * ours]
        coarse = [_peak(cross) for cross in crosses]
        highest = max(height for _, height in coarse)
        found = [
            (inverted, *_refine(cross, shift))
            for inverted, (cross, (shift, height)) in enumerate(zip(crosses, coarse, strict=True))
            if height >= CLEARLY_LOWER * highest
        ]
        inverted, shift, overlap = max(found, key=lambda one: float(one[2].abs()))
        norms = math.prod(float(torch.linalg.vector_norm(o.abs(), dtype=torch.float64)) for o in (object, reference))
    return Alignment(bool(inverted), shift, overlap, float(overlap.abs()) / norms if norms > 0 else 0.0)


def remove_relative_ramp(object: Tensor, reference: Tensor) -> Tensor:
    """Remove from `object` (*space) the linear phase that shifts its diffraction relative to that of `reference`.

    For data whose centres were chosen differently; objects from the same data share their ramp.
    """
    ndim = object.ndim
    # The intensity, unlike its root, of an object in the half-box can be shifted by fractions exactly.
    waves = [fourier.centred(fourier.to_wave(o, ndim).abs().square(), ndim) for o in (object, reference)]
    shift = align(waves[0].to(object.dtype), waves[1].to(object.dtype), try_twin=False).shift
    result = object
    for axis, (n, by) in enumerate(zip(object.shape, shift, strict=True)):
        index = torch.arange(n, device=object.device, dtype=object.real.dtype) - n // 2
        ramp = torch.exp(-2j * math.pi * by / n * index).to(object.dtype)
        result = result * fourier.along(ramp, axis, ndim)
    return result


def _peak(cross: Tensor) -> tuple[tuple[float, ...], float]:
    """Return the whole-voxel shift with the largest |overlap|, and that (not normalised)."""
    heights = torch.fft.fftn(cross).abs()
    peak = heights.argmax()
    index = [int(i) for i in torch.unravel_index(peak, cross.shape)]
    shift = tuple(float(i if i <= n // 2 else i - n) for i, n in zip(index, cross.shape, strict=True))
    return shift, float(heights.flatten()[peak])


def _refine(cross: Tensor, shift: tuple[float, ...]) -> tuple[tuple[float, ...], Tensor]:
    """Return the shift near `shift` with the largest |overlap|, and the overlap, complex128."""
    for step in REFINEMENTS:
        offsets = torch.arange(-6, 7, dtype=torch.float64) * step
        values = overlaps(cross, [s + offsets for s in shift]).abs()
        best = torch.unravel_index(values.argmax(), values.shape)
        shift = tuple(s + float(offsets[int(b)]) for s, b in zip(shift, best, strict=True))
    exact = overlaps(cross.to(torch.complex128), [torch.tensor([s]) for s in shift])
    return shift, exact.reshape(()) / cross.numel()


def overlaps(cross: Tensor, shifts: Sequence[Tensor]) -> Tensor:
    """Return Σ_k cross_k exp(−2πi k·d/N) for all combinations of `shifts` per axis: the overlap at each shift d."""
    result = cross
    for axis, (n, at) in enumerate(zip(cross.shape, shifts, strict=True)):
        freq = torch.fft.fftfreq(n, dtype=torch.float64)
        wave = torch.exp(-2j * math.pi * at.double()[:, None] * freq[None, :]).to(cross.device, cross.dtype)
        result = torch.tensordot(wave, result, dims=([1], [axis])).movedim(0, axis)
    return result
