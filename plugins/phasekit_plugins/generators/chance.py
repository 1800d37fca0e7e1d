"""Random numbers, directions and rotations, drawn from the given generator."""

from __future__ import annotations

import torch
from torch import Tensor


def uniform(ends: tuple[float, float], rng: torch.Generator) -> float:
    """Draw a number between two `ends`, in either order; equal ends give that number."""
    return ends[0] + (ends[1] - ends[0]) * float(torch.rand((), generator=rng))


def directions(count: int, ndim: int, rng: torch.Generator) -> Tensor:
    """Draw `count` unit vectors, uniform on the circle or sphere: (count, ndim) float32."""
    drawn = torch.randn(count, ndim, generator=rng)
    return torch.nn.functional.normalize(drawn, dim=-1)


def spread_directions(count: int, ndim: int, rng: torch.Generator, candidates: int = 16) -> Tensor:
    """Draw `count` unit vectors that are far apart: each is the best of some candidates. (count, ndim) float32.

    Source: Mitchell, Computer Graphics 25 (4), 157 (1991).
    """
    chosen = directions(1, ndim, rng)
    while len(chosen) < count:
        offered = directions(candidates, ndim, rng)
        nearest = (offered @ chosen.T).amax(dim=1)
        chosen = torch.cat([chosen, offered[nearest.argmin()][None]])
    return chosen


def rotation(ndim: int, rng: torch.Generator) -> Tensor:
    """Draw a rotation, uniform on SO(ndim): (ndim, ndim) float32.

    Source: Mezzadri, Notices of the AMS 54, 592 (2007).
    """
    q, r = torch.linalg.qr(torch.randn(ndim, ndim, generator=rng, dtype=torch.float64))
    turned: Tensor = q * torch.sgn(torch.diagonal(r))
    turned[:, 0] *= torch.sgn(torch.linalg.det(turned))
    return turned.float()
