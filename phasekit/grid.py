"""Where the voxels of an array lie in the laboratory, in units of the largest ball that fits."""

from __future__ import annotations

import torch
from torch import Tensor

from phasekit.interfaces import Geometry


def laboratory_grid(geometry: Geometry, space: tuple[int, ...]) -> Tensor:
    """Return (*space, ndim) float32: each voxel's place, 1 = radius of the largest ball in the half-box.

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
    grid: Tensor = (places / (reach / slopes).min()).float()
    return grid
