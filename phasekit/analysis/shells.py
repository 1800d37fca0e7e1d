"""Shells: the detector's voxels by their |Q| from the geometry, and sums over them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from phasekit.core.geometry import Geometry
from phasekit.numerics import fourier


def magnitude(geometry: Geometry, detector: tuple[int, ...]) -> Tensor:
    """Return |Q| of every voxel (*detector) float64, zero frequency first.

    In 1/nm, from the reciprocal metric: a sheared array's shells are not spheres of the index. In cycles per voxel
    if the geometry is not calibrated; a voxel is then the geometric mean of the axes' steps.
    """
    steps = geometry.basis(detector).double().cpu()
    unit = 2 * math.pi * 1e-9 if geometry.calibrated() else float(steps.norm(dim=1).log().mean().exp())
    # Q = Σ mᵢ bᵢ/Nᵢ with bᵢ·aⱼ = 2π δᵢⱼ for the steps aⱼ, of whose metric theirs is the inverse.
    metric = torch.linalg.inv(steps @ steps.T) * unit**2
    lines = [torch.fft.fftfreq(n, dtype=torch.float64) for n in detector]
    squared = torch.zeros(detector, dtype=torch.float64)
    for one, here in enumerate(lines):
        for other, there in enumerate(lines):
            product = fourier.along(here, one, len(lines)) * fourier.along(there, other, len(lines))
            squared += metric[one, other] * product
    return squared.clamp(min=0).sqrt()


@dataclass(frozen=True, eq=False)
class Shells:
    """Equally thick shells of |Q| from zero to the detector's farthest corner, half as many as its smallest side."""

    index: Tensor
    """(*detector) int64: the shell of each voxel, zero frequency first."""
    radius: Tensor
    """(shells,) float64: |Q| in the middle of each shell."""
    calibrated: bool
    """Whether |Q| is in 1/nm; else in cycles per voxel."""

    @classmethod
    def of(cls, geometry: Geometry, detector: tuple[int, ...]) -> Self:
        """Sort the voxels of an array of shape `detector` into shells."""
        size = magnitude(geometry, detector)
        count = max(min(detector) // 2, 2)
        thickness = float(size.max()) / count
        index = (size / thickness).long().clamp(max=count - 1)
        radius = (torch.arange(count, dtype=torch.float64) + 0.5) * thickness
        return cls(index, radius, geometry.calibrated())

    @property
    def thickness(self) -> float:
        """Return how much |Q| grows from one shell to the next."""
        return 2 * float(self.radius[0])

    @property
    def resolution(self) -> Tensor:
        """(shells,) float64: the length for each |Q|, 2π/|Q| in nm; in voxels if not calibrated."""
        return (2 * math.pi if self.calibrated else 1.0) / self.radius

    def voxels(self, where: Tensor) -> Tensor:
        """Count the voxels of each shell where `where` (*detector) bool is true: (shells,) int64."""
        return torch.bincount(self.index[where], minlength=len(self.radius))

    def total(self, values: Tensor, where: Tensor) -> Tensor:
        """Sum `values` (*detector) over the voxels of each shell where `where` (*detector) bool is true.

        Returns (shells,) float64, NaN for shells without such a voxel.
        """
        sums = torch.bincount(self.index[where], values[where].double(), minlength=len(self.radius))
        return torch.where(self.voxels(where) > 0, sums, torch.nan)

    def part(self, where: Tensor) -> Tensor:
        """Return the fraction of each shell's voxels where `where` (*detector) bool is true, NaN for empty shells."""
        return self.voxels(where).double() / self.voxels(torch.ones_like(where)).double()
