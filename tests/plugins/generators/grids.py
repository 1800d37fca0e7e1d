"""Grids to draw on, straight and skew."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from phasekit import Generator, Geometry
from phasekit.core.grid import laboratory_grid

SHEAR = torch.tensor([[1.0, 0.1, 0.3], [0.5, 0.9, 0.0], [-0.2, 0.4, 0.7]])

Lay = Callable[..., torch.Tensor]
"""Lays a grid of the given numbers of voxels."""


def cubic(*space: int) -> torch.Tensor:
    return laboratory_grid(Geometry.resolve("far-field").for_data(len(space)), space)


def sheared(*space: int) -> torch.Tensor:
    """Lay a grid along skew axes, the largest ball in the half-box having radius 1."""
    basis = SHEAR[: len(space), : len(space)]
    index = np.stack(np.meshgrid(*[np.arange(n) - n // 2 for n in space], indexing="ij"), axis=-1)
    faces = np.linalg.norm(np.linalg.inv(basis.numpy()), axis=0)
    radius = min(((n // 2 - 1) // 2 + 0.5) / face for n, face in zip(space, faces, strict=True))
    return torch.from_numpy(index @ basis.numpy() / radius).float()


def drawn(generator: Generator, grid: torch.Tensor, count: int = 3, seed: int = 5) -> torch.Tensor:
    return generator.sample(grid, count, torch.Generator().manual_seed(seed))
