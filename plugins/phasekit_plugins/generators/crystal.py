"""The faceted-crystal generator."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor

from phasekit import Generator

from .chance import rotation, spread_directions, uniform
from .correlated_phase import correlated_phase, voxel_steps

Count = Annotated[int, Field(ge=1, le=100)]
Part = Annotated[float, Field(ge=0.01, le=0.5)]
Span = Annotated[float, Field(ge=0, le=100)]


class Crystal(Generator):
    """A strained crystal: convex, cut by random planes, antialiased, with a smooth phase of a chosen span.

    Lengths are fractions of the half-box's edge: twice the radius of its largest ball; in an oblong box the
    shortest edge. Corners beyond that ball are rounded off. A pair of numbers is a uniform
    distribution between them.
    """

    name: Literal["crystal"] = "crystal"
    planes: tuple[Count, Count] = Field((8, 14), description="Number of cut planes; their normals are spread out.")
    radius: tuple[Part, Part] = Field(
        (0.30, 0.40), description="Distance of each plane from the centre, as a fraction of the half-box's edge."
    )
    edge_voxels: float = Field(
        1.0,
        ge=0,
        le=4,
        description="Width over which the modulus falls from 1 to 0 at a facet, voxels; 0 cuts hard.",
    )
    phase_span: Span | tuple[Span, Span] = Field(
        5.5, description="Peak-to-peak phase inside the particle, radians, centred on 0; a pair is a uniform range."
    )
    correlation: float = Field(
        0.2,
        ge=0.01,
        le=1,
        description="L of the phase (Eq. 5) as a fraction of the half-box's edge; the correlation is 1/e at 2 L.",
    )
    dislocations: int = Field(
        0, ge=0, le=20, description="Screw dislocations along random lines: about each the phase winds by 2π."
    )

    def sample(self, grid: Tensor, count: int, rng: torch.Generator) -> Tensor:
        """Draw (count, *space) complex64; see `Generator`. At least one voxel is inside."""
        return torch.stack([self._particle(grid.float(), rng) for _ in range(count)])

    def _particle(self, grid: Tensor, rng: torch.Generator) -> Tensor:
        """Draw one (*space) complex64."""
        ndim = grid.shape[-1]
        low, high = sorted(self.planes)
        planes = int(torch.randint(low, high + 1, (), generator=rng))
        modulus = self._modulus(grid, spread_directions(planes, ndim, rng).to(grid), rng)
        inside = modulus > 0
        span = uniform(self.phase_span, rng) if isinstance(self.phase_span, tuple) else self.phase_span
        phase = correlated_phase(grid, inside, (2 * self.correlation,) * ndim, span, rng)
        for _ in range(self.dislocations):
            phase = phase + _winding(grid, rng)
        return torch.polar(modulus, torch.where(inside, phase - span / 2, 0))

    def _modulus(self, grid: Tensor, normals: Tensor, rng: torch.Generator) -> Tensor:
        """Cut along planes with the unit `normals` (planes, ndim): (*space) real, largest 1."""
        steps = voxel_steps(grid).to(grid)
        # The ball's edge lies inside it, so nothing of the particle remains outside.
        coarsest = torch.linalg.norm(steps, dim=-1).max()
        depth = (1 - torch.linalg.norm(grid, dim=-1)) / coarsest - self.edge_voxels / 2
        for normal in normals:
            distance = 2 * uniform(self.radius, rng) - grid @ normal
            depth = torch.minimum(depth, distance / torch.linalg.norm(steps @ normal))
        modulus = (depth / max(self.edge_voxels, 1e-6) + 0.5).clamp(0, 1)
        if not bool(modulus.any()):
            modulus = (depth == depth.max()).to(modulus)
        whole: Tensor = modulus / modulus.max()
        return whole


def _winding(grid: Tensor, rng: torch.Generator) -> Tensor:
    """Return the angle about a random line that passes near the centre, radians: (*space)."""
    ndim = grid.shape[-1]
    axes = rotation(ndim, rng).to(grid)
    place = (0.15 * torch.randn(ndim, generator=rng)).to(grid)
    across = (grid - place) @ axes[:, :2]
    return torch.atan2(across[..., 1], across[..., 0])
