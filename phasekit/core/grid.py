"""The positions of an array's voxels in the laboratory, in units of the largest ball that fits."""

from __future__ import annotations

import torch
from torch import Tensor

from phasekit.core.geometry import Geometry
from phasekit.runtime.errors import InputError


def laboratory_grid(geometry: Geometry, space: tuple[int, ...], radius_m: float | None = None) -> Tensor:
    """Return (*space, ndim) float32: each voxel's place, 1 = radius of the largest ball in the half-box.

    `radius_m` sets another unit, metres; raises InputError if that ball does not fit into the half-box.

    The origin is the voxel n//2. Coordinates are the laboratory's x, y, z; in 2-D those of an orthonormal frame
    in the plane of the array. The ball is inside the central half of the array along each of its own axes, in
    any geometry.
    """
    basis = geometry.basis(space)
    if len(space) == 2:
        frame = torch.linalg.qr(basis.T)[0]
        basis = basis @ frame
    index = torch.meshgrid(*[torch.arange(n, dtype=torch.float64) - n // 2 for n in space], indexing="ij")
    places = torch.stack(index, dim=-1) @ basis
    # Voxels that the half-box reaches on its shorter side, and half a voxel to its faces.
    reach = torch.tensor([(max(n // 2, 1) - 1) // 2 + 0.5 for n in space], dtype=torch.float64)
    slopes = torch.linalg.norm(torch.linalg.inv(basis), dim=0)  # 1 / spacing of the planes of constant index
    largest = float((reach / slopes).min())
    if radius_m is not None and radius_m > largest * (1 + 1e-9):
        raise InputError(
            f"a ball of radius {radius_m * 1e9:.4g} nm does not fit into half of the array, which has room for "
            f"{largest * 1e9:.4g} nm; use a smaller one, finer steps, or a larger distance"
        )
    grid: Tensor = (places / (radius_m or largest)).float()
    return grid
