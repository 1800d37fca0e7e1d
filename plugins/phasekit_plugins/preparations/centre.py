"""The centring step."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field

from phasekit import InputError, Measurement, Preparation

from .per_axis import Index, per_axis


class Centre(Preparation):
    """Puts the Bragg peak at the array's centre n//2; voxels from outside the array are untrusted."""

    name: Literal["centre"] = "centre"
    at: Literal["maximum", "centre-of-mass"] | tuple[Index, ...] = Field(
        "maximum",
        description="What becomes the centre: the maximum (a hot pixel is not taken for it), the centre-of-mass of "
        "the counts around it, or an index of the array.",
    )

    def apply(self, measured: Measurement) -> Measurement:
        """Move the voxel to n//2; raises InputError for an index outside."""
        shape = measured.shape
        if self.at == "maximum":
            centre = measured.peak()
        elif self.at == "centre-of-mass":
            centre = self._centre_of_mass(measured)
        else:
            centre = per_axis("centre", self.at, len(shape))
        if any(c >= n for c, n in zip(centre, shape, strict=True)):
            raise InputError(f"centre {centre} lies outside the data, which have shape {shape}")
        how = self.at if isinstance(self.at, str) else "given"
        return measured.window(centre, shape).done(f"centre: voxel {centre} ({how}) of the array {shape}")

    @staticmethod
    def _centre_of_mass(measured: Measurement) -> tuple[int, ...]:
        """Return the voxel at the centre of mass of the counts about the peak that exceed 1 % of it."""
        peak = measured.peak()
        photons = measured.photons() * measured.valid
        photons = torch.where(photons > 0.01 * photons[peak], photons, torch.zeros_like(photons))
        found = []
        for axis, (middle, n) in enumerate(zip(peak, measured.shape, strict=True)):
            line = photons.double().sum(dim=[a for a in range(photons.ndim) if a != axis])
            reach = min(middle, n - 1 - middle, n // 4)
            index = torch.arange(middle - reach, middle + reach + 1)
            weight = line[index]
            found.append(round(float((weight * index).sum() / weight.sum())) if float(weight.sum()) > 0 else middle)
        return tuple(found)
