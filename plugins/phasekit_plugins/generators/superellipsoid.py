"""The superellipsoid generator."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor

from phasekit import Generator

from .chance import rotation, uniform
from .correlated_phase import correlated_phase

Length = Annotated[float, Field(ge=0.01, le=1)]
Exponent = Annotated[float, Field(ge=0.05, le=4)]


class Superellipsoid(Generator):
    """The paper's particles: a hard-edged superellipsoid, randomly rotated, with a Gaussian-correlated phase.

    (|x/a|^(2/e) + |y/b|^(2/e))^(e/n) + |z/c|^(2/n) ≤ 1 (Eq. 4); in 2-D |x/a|^(2/e) + |y/b|^(2/e) ≤ 1. Lengths
    are in radii of the largest ball in the half-box; a pair of numbers is a uniform range.
    Source: Wu et al., npj Comput. Mater. 7, 175 (2021), Eq. 4 and 5.
    """

    name: Literal["superellipsoid"] = "superellipsoid"
    a: tuple[Length, Length] = Field((0.35, 0.57), description="Half-width along the particle's x; see `c`.")
    b: tuple[Length, Length] = Field((0.35, 0.57), description="Half-width along the particle's y; see `c`.")
    c: tuple[Length, Length] = Field(
        (0.35, 0.57),
        description="Half-width along the particle's z (not in 2-D). All shrink if a² + b² + c² > 1.",
    )
    e: tuple[Exponent, Exponent] = Field(
        (0.4, 1.8),
        description="Roundedness across z: towards 0 a box, 1 an ellipse, 2 a rhombus, above 2 concave.",
    )
    n: tuple[Exponent, Exponent] = Field((0.4, 1.8), description="Roundedness along z, as `e` (not in 2-D).")
    correlation_x: tuple[Length, Length] = Field(
        (0.25, 0.6), description="Lx of the phase along the particle's x; the correlation is 1/e at 2 Lx."
    )
    correlation_y: tuple[Length, Length] = Field((0.25, 0.6), description="Ly, as `correlation_x`.")
    correlation_z: tuple[Length, Length] = Field((0.25, 0.6), description="Lz, as `correlation_x` (not in 2-D).")
    phase_span: float = Field(1.0, ge=0, le=100, description="The phase runs from 0 to this, radians.")

    def sample(self, grid: Tensor, count: int, rng: torch.Generator) -> Tensor:
        """Draw (count, *space) complex64; see `Generator`. At least one voxel is inside."""
        return torch.stack([self._particle(grid.float(), rng) for _ in range(count)])

    def _particle(self, grid: Tensor, rng: torch.Generator) -> Tensor:
        """Draw one (*space) complex64."""
        ndim = grid.shape[-1]
        axes = torch.tensor([uniform(ends, rng) for ends in (self.a, self.b, self.c)[:ndim]])
        axes = axes / torch.linalg.norm(axes).clamp(min=1)
        e, n = uniform(self.e, rng), uniform(self.n, rng)
        lengths = [uniform(ends, rng) for ends in (self.correlation_x, self.correlation_y, self.correlation_z)]
        turned = grid @ rotation(ndim, rng).to(grid)
        x, y, *z = (turned / axes.to(grid)).abs().unbind(dim=-1)
        level = x ** (2 / e) + y ** (2 / e)
        if z:
            level = level ** (e / n) + z[0] ** (2 / n)
        # If the particle is smaller than a voxel, its innermost voxel remains.
        inside = level <= level.min().clamp(min=1)
        phase = correlated_phase(turned, inside, tuple(lengths[:ndim]), self.phase_span, rng)
        return torch.polar(inside.to(phase), phase)
