"""The far-field geometry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, Self

import torch
from pydantic import Field
from torch import Tensor

from phasekit import InputError
from phasekit.runtime import constants

from .fourier_geometry import FourierGeometry
from .instruments import PixelSize
from .plausible import refuse_field, refuse_impossible, unusual


class FarField(FourierGeometry):
    """Forward scattering onto a flat far detector: one unitary Fourier transform, orthogonal axes.

    The voxel along an axis of N pixels is λL/(N·p), with λ the wavelength, L the distance, p the pixel. Without
    energy, distance and pixel the lengths are relative. Array axes are (z, y, x), in 2-D (y, x), of the CXI
    laboratory frame.
    """

    name: Literal["far-field"] = "far-field"
    energy_kev: float | None = Field(None, gt=0, description="Photon energy, keV.")
    distance_m: float | None = Field(None, gt=0, description="Distance from sample to detector, metres.")
    pixel_um: PixelSize | Annotated[tuple[PixelSize, ...], Field(min_length=2, max_length=3)] | None = Field(
        None, description="Pixel size, µm: one number, or one per array axis."
    )

    def for_data(self, ndim: int) -> Self:
        """Return this geometry for `ndim` dimensions; raises InputError for another number of pixel sizes."""
        if isinstance(self.pixel_um, tuple) and len(self.pixel_um) != ndim:
            raise InputError(f"far-field: pixel_um has {len(self.pixel_um)} numbers for {ndim} axes; give one for each")
        refuse_impossible("far-field", **self._lengths())
        return super().for_data(ndim)

    def remarks(self, space: tuple[int, ...]) -> tuple[str, ...]:
        """Warn of lengths that are unusual; raises InputError for a field of view that no beam has."""
        if self.calibrated():
            fields = [float(step.norm()) * n * 1e9 for step, n in zip(self.basis(space), space, strict=True)]
            refuse_field("far-field", min(fields), max(fields))
        return tuple(unusual(**self._lengths()))

    def _lengths(self) -> dict[str, float | tuple[float, ...] | None]:
        return {"energy_kev": self.energy_kev, "distance_m": self.distance_m, "pixel_um": self.pixel_um}

    def calibrated(self) -> bool:
        """Return whether energy, distance and pixel are all given."""
        return None not in (self.energy_kev, self.distance_m, self.pixel_um)

    def windowed(self, centre: Sequence[float], factors: Sequence[int]) -> Self:
        """Apply binning to the pixel size."""
        if self.pixel_um is None or all(factor == 1 for factor in factors):
            return self
        given = self.pixel_um if isinstance(self.pixel_um, tuple) else (self.pixel_um,) * len(factors)
        if len(given) != len(factors):
            return self  # `for_data` explains the error
        pixels = tuple(pixel * factor for pixel, factor in zip(given, factors, strict=True))
        return self.model_copy(update={"pixel_um": pixels})

    def basis(self, space: tuple[int, ...]) -> Tensor:
        """Return the voxel steps along z, y, x in metres, or 1 each if the lengths are unknown."""
        steps = torch.ones(len(space), dtype=torch.float64)
        if self.energy_kev and self.distance_m and self.pixel_um:
            given = self.pixel_um if isinstance(self.pixel_um, tuple) else (self.pixel_um,) * len(space)
            if len(given) != len(space):
                raise InputError(f"far-field: pixel_um has {len(given)} numbers for {len(space)} axes")
            pixels = 1e-6 * torch.tensor(given, dtype=torch.float64)
            steps = constants.HC_KEV_M / self.energy_kev * self.distance_m / (torch.tensor(space) * pixels)
        return torch.diag(steps) @ torch.eye(3, dtype=torch.float64).flip(0)[-len(space) :]
