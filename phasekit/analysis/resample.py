"""Interpolation from the sheared voxels of a Bragg scan to an orthogonal grid, without tearing the phase."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

SLAB = 2**19
"""Voxels whose coordinates are in memory at a time."""

COVERED = (0.35, 0.65)
"""Limits of the fraction of a voxel's surroundings that must be support for it to be support."""


@dataclass(frozen=True, eq=False)
class Grid:
    """An orthogonal grid over an array with sheared steps; r = steps · (index − centre), nm."""

    steps: NDArray[np.float64]
    """(3, 3): column i is the step along array axis i, (x, y, z) of the frame, nm."""
    centre: NDArray[np.float64]
    """(3,): the fractional index in the array at r = 0."""
    origin: NDArray[np.float64]
    """(3,): the middle of voxel [0, 0, 0] of the grid, (x, y, z), nm."""
    spacing: float
    """Distance between the grid's voxels along x, y and z, nm."""
    shape: tuple[int, int, int]
    """(nz, ny, nx)."""

    @classmethod
    def around(
        cls,
        support: NDArray[np.bool_],
        steps: NDArray[np.float64],
        centre: NDArray[np.float64],
        spacing: float,
        margin: int = 2,
    ) -> Grid:
        """Lay a grid over `support` (*space), with `margin` voxels around it; r = 0 is in the middle of a voxel."""
        surface = support & ~ndimage.binary_erosion(support)
        index = np.argwhere(surface if surface.any() else np.ones_like(support))
        places = (index - centre) @ steps.T
        half = np.abs(steps).sum(axis=1) / 2  # from the middle of a sheared voxel to its outermost corner
        low = np.floor((places.min(axis=0) - half) / spacing).astype(int) - margin
        high = np.ceil((places.max(axis=0) + half) / spacing).astype(int) + margin
        nx, ny, nz = (int(n) for n in high - low + 1)
        return cls(steps, centre, low * spacing, spacing, (nz, ny, nx))


def interpolate(channels: Tensor, grid: Grid) -> Tensor:
    """Return (channels, nz, ny, nx): real `channels` (channels, *space) linearly interpolated; 0 outside the array."""
    space = channels.shape[1:]
    back = np.linalg.inv(grid.steps)
    # grid_sample takes indices from −1 to 1, those of the last axis first.
    scale = 2 / np.maximum(np.array(space) - 1, 1)
    first = (back @ grid.origin + grid.centre) * scale - 1
    nz, ny, nx = grid.shape
    along = [
        torch.from_numpy(np.outer(np.arange(n), (back[:, axis] * grid.spacing * scale)[::-1])).float()
        for axis, n in ((2, nz), (1, ny), (0, nx))
    ]
    start = torch.from_numpy(np.ascontiguousarray(first[::-1])).float()
    plane = along[1][:, None] + (along[2][None, :] + start)
    result = torch.empty((channels.shape[0], *grid.shape), dtype=torch.float32)
    # All channels of a voxel side by side: half the time.
    source = channels.float()[None].contiguous(memory_format=torch.channels_last_3d)
    thick = max(1, SLAB // (ny * nx))
    for low in range(0, nz, thick):
        places = along[0][low : low + thick, None, None] + plane
        result[:, low : low + thick] = torch.nn.functional.grid_sample(
            source, places[None], mode="bilinear", padding_mode="zeros", align_corners=True
        )[0]
    return result


def resample_object(object: Tensor, support: Tensor, grid: Grid) -> dict[str, Tensor]:
    """Return amplitude, phase (radians), support and coverage, (nz, ny, nx), of an `object` (*space) complex.

    Real and imaginary part are interpolated, so the phase does not tear where it jumps by 2π; the amplitude
    |ρ| is interpolated separately, so it does not dip where the phase changes, and only inside the support. The phase
    should change little from voxel to voxel: remove a ramp first. The volume of the support is preserved. The
    coverage, 0 to 1, is the part of a voxel's surroundings that is support.
    """
    inside = object * support
    channels = torch.stack([inside.real, inside.imag, inside.abs(), support.to(inside.real.dtype)])
    real, imaginary, modulus, weight = interpolate(channels, grid)
    covered = _covered(weight, float(support.sum()) * abs(np.linalg.det(grid.steps)) / grid.spacing**3)
    amplitude = torch.where(covered, modulus / weight, torch.nan)
    phase = torch.where(covered, torch.atan2(imaginary, real), torch.nan)
    return {"amplitude": amplitude, "phase": phase, "support": covered, "coverage": weight.clamp(0, 1)}


def _covered(weight: Tensor, count: float) -> Tensor:
    """Return the `count` voxels with the largest `weight`, within the limits `COVERED`.

    At one half, a convex body would lose a few per cent of its volume in strongly sheared arrays.
    """
    low, high = COVERED
    sure = weight > high
    open_ones = weight[(weight >= low) & ~sure].sort(descending=True).values
    wanted = min(max(round(count) - int(sure.sum()), 0), len(open_ones))
    return sure | (weight >= open_ones[wanted - 1]) if wanted else sure


def resample_fields(fields: Mapping[str, Tensor], covered: Tensor, grid: Grid) -> dict[str, Tensor]:
    """Return real fields (*space), NaN where unknown, on the grid; NaN outside `covered`.

    Unknown values do not bleed in: they have weight 0.
    """
    result = {}
    for name, values in fields.items():
        finite = values.isfinite()
        summed, weight = interpolate(torch.stack([values.nan_to_num(nan=0.0), finite.to(values.dtype)]), grid)
        result[name] = torch.where(covered & (weight > COVERED[0] / 2), summed / weight, torch.nan)
    return result
