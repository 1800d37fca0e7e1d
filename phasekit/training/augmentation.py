"""Augmentation: imperfections of measured data, drawn at random for every training sample."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor

from phasekit.core.plugin import Options
from phasekit.numerics import fourier
from phasekit.numerics.detector_model import detected, ramp
from phasekit.runtime.random import keyed

Positive = Annotated[float, Field(gt=0, le=1e12)]
Width = Annotated[float, Field(ge=0, le=8)]
Stretch = Annotated[float, Field(gt=0.1, le=1)]
Pixels = Annotated[int, Field(ge=1)]


class Augmentation(Options):
    """Imperfections of a sample's data; an omitted option adds none."""

    owner: ClassVar[str] = "augment"
    photons: tuple[Positive, Positive] | None = Field(
        None, description="Range of the expected counts in the brightest voxel, log-uniform; with Poisson noise."
    )
    gaps: float = Field(0.0, ge=0, le=1, description="Fraction of the samples with a gap across the detector.")
    gap_width: tuple[Pixels, Pixels] = Field((1, 3), description="Range of the width of that gap, pixels.")
    coherence: tuple[Width, Width] | None = Field(
        None, description="Range of the standard deviation of the Gaussian that blurs the intensity, voxels, per axis."
    )
    centre: float = Field(0.0, ge=0, le=4, description="Largest error of the centre, voxels, per axis.")
    oversampling: tuple[Stretch, Stretch] | None = Field(
        None, description="Range of the object's size relative to the generator's, drawn for each axis separately."
    )
    symmetries: bool = Field(
        False,
        description="Rotate and mirror objects along the axes; each gives many (48 in 3-D). For generators without a "
        "preferred direction; without effect unless the array is a cube of cubic voxels.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for key in ("photons", "gap_width", "coherence", "oversampling"):
            ends = getattr(self, key)
            if ends is not None and ends[0] > ends[1]:
                raise ValueError(f"{key} goes from {ends[0]:g} down to {ends[1]:g}; swap the two")
        return self

    def refusal(self, detector: tuple[int, ...]) -> str | None:
        """Return why data of this shape cannot have these imperfections, a sentence; None if they can."""
        if self.gaps and self.gap_width[1] >= min(detector[-2:]) // 2:
            return f"a gap of {self.gap_width[1]} pixels is half of the detector of {detector[-2]} × {detector[-1]}"
        return None

    def stretch(self, ndim: int, *key: object) -> list[float]:
        """Return the size of an object along each axis, relative to the generator's."""
        if self.oversampling is None:
            return [1.0] * ndim
        low, high = self.oversampling
        return (low + (high - low) * torch.rand(ndim, generator=keyed("oversampling", *key))).tolist()

    def turned(self, objects: Tensor, keys: list[tuple[object, ...]]) -> Tensor:
        """Rotate and mirror each of (n, *box), cubes, about the box's centre."""
        if not self.symmetries:
            return objects
        space = objects.shape[1:]
        ndim, side = len(space), space[0]
        orders, flips = [], []
        for key in keys:
            rng = keyed("symmetry", *key)
            orders.append(torch.randperm(ndim, generator=rng))
            flips.append([bool(torch.rand((), generator=rng) < 0.5) for _ in range(ndim)])
        # All at once, by the index in the flat array that each voxel comes from: on a GPU launching costs most.
        strides = torch.tensor([side ** (ndim - 1 - axis) for axis in range(ndim)])[torch.stack(orders)]
        along = torch.arange(side)
        back = (-along) % side if side % 2 == 0 else side - 1 - along
        places = torch.where(torch.tensor(flips)[..., None], back, along) * strides[..., None]
        places = places.to(objects.device)
        source = torch.zeros((), dtype=torch.long, device=objects.device)
        for axis in range(ndim):
            source = source + places[:, axis].reshape(-1, *[side if other == axis else 1 for other in range(ndim)])
        return objects.flatten(1).gather(1, source.flatten(1)).reshape(objects.shape)

    def offsets(self, keys: list[tuple[object, ...]], ndim: int) -> Tensor | None:
        """Return the error of the centre in voxels, (n, ndim); None without this option."""
        if not self.centre:
            return None
        drawn = [torch.rand(ndim, generator=keyed("centre", *key)) for key in keys]
        return self.centre * (2 * torch.stack(drawn) - 1)

    def displaced(self, objects: Tensor, space: tuple[int, ...], keys: list[tuple[object, ...]]) -> Tensor:
        """Add to each object (n, *box) the phase ramp that corresponds to the error of its centre."""
        offsets = self.offsets(keys, len(space))
        if offsets is None:
            return objects
        phases = ramp(offsets.to(objects.device, objects.real.dtype), space)
        return objects * phases[fourier.inside(fourier.half_box(space))]

    def measured(self, intensity: Tensor, keys: list[tuple[object, ...]]) -> tuple[Tensor, Tensor]:
        """Return amplitudes (n, *detector) as measured by a detector, at the same scale, and the trusted voxels."""
        ndim = intensity.ndim - 1
        if self.coherence is not None:
            low, high = self.coherence
            drawn = [torch.rand(ndim, generator=keyed("coherence", *key)) for key in keys]
            width = (low + (high - low) * torch.stack(drawn)).to(intensity)
            intensity = detected(intensity, {"coherence": width}, ndim)
        if self.photons is not None:
            intensity = self._counted(intensity, keys)
        valid = torch.ones_like(intensity, dtype=torch.bool)
        if self.gaps:
            valid = torch.stack([self._gap(tuple(intensity.shape[1:]), key) for key in keys]).to(intensity.device)
        return torch.where(valid, intensity, 0).sqrt(), valid

    def _counted(self, intensity: Tensor, keys: list[tuple[object, ...]]) -> Tensor:
        """Draw the counts of patterns (n, *detector), and return them at the scale of the exact ones."""
        low, high = (math.log(end) for end in self.photons or (1.0, 1.0))
        drawn = [float(torch.rand((), generator=keyed("photons", *key))) for key in keys]
        counts = torch.tensor([math.exp(low + (high - low) * one) for one in drawn]).to(intensity)
        scale = (intensity.flatten(1).amax(dim=1).reciprocal() * counts).reshape(-1, *[1] * (intensity.ndim - 1))
        rates = intensity * scale
        noise = [keyed("noise", *key, device=intensity.device) for key in keys]
        found = torch.stack([torch.poisson(rate, generator=rng) for rate, rng in zip(rates, noise, strict=True)])
        return found / scale

    def _gap(self, detector: tuple[int, ...], key: tuple[object, ...]) -> Tensor:
        """Return the trusted voxels of one pattern: all except a gap of some rows or columns beside the peak."""
        valid, rng = torch.ones(detector, dtype=torch.bool), keyed("gap", *key)
        if torch.rand((), generator=rng) >= self.gaps:
            return valid
        axis = len(detector) - 1 - int(torch.randint(2, (), generator=rng))
        width = int(torch.randint(self.gap_width[0], self.gap_width[1] + 1, (), generator=rng))
        n = detector[axis]
        # Counted from zero frequency, at index 0: the gap may lie anywhere except on the peak itself.
        first = 1 + int(torch.randint(n - width, (), generator=rng))
        valid.narrow(axis, min(first, n - width), width)[:] = False
        return valid
