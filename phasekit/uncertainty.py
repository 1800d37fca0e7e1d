"""How uncertain a phase is, voxel by voxel: what the starts scatter, and what photon noise alone does."""

from __future__ import annotations

import torch
from torch import Tensor

LEVEL = 0.5
"""Part of the robust maximum of |ρ| from which on a voxel's phase is judged: inside the object's surface."""

SPREAD_FACTOR = 1.0
"""What the scatter of the starts is multiplied by. No factor is right for all problems: benchmarks/coverage.py fits one
on other objects than it is judged by, and measures how far from 68 % the intervals stay."""


def phase_deviation(object: Tensor, spread: Tensor, factor: float = SPREAD_FACTOR) -> Tensor:
    """Return the standard deviation of the phase of (*space), radians: √(factor² spread² + 1 / 2|ρ|²).

    `object` is at the scale of the data, so that |ρ|² are photons; `spread` (*space) is the standard deviation over
    starts, which share the data's noise and so do not show it. The roots of Poisson counts have the variance 1/4
    whatever the counts; a transform without loss and an oversampling of 2 or more leave each voxel's real and imaginary
    part about 1/2, which is 1/2|ρ|² of the phase. Infinite where |ρ| is 0.
    """
    power = object.abs().double().square()
    return (factor**2 * spread.double().square() + 1 / (2 * power)).sqrt()


def judged(object: Tensor, support: Tensor) -> Tensor:
    """Return the voxels (*space) bool inside the object's surface, whose phase is judged."""
    modulus = object.abs()
    if not bool(support.any()):
        return support
    top = torch.quantile(modulus[support].double(), 0.98)
    return support & (modulus > LEVEL * top)


def misfit(object: Tensor, truth: Tensor, where: Tensor) -> Tensor:
    """Return by how much the phase misses that of the truth, radians: (voxels,), `where` (*space) bool holds.

    The phase that is the same everywhere, and a ramp, which shifts the data, are taken off: no data tell them.
    """
    ratio = (object * truth.conj())[where].to(torch.complex128)
    ratio = ratio / ratio.abs().clamp(min=1e-300)
    places = torch.nonzero(where).double()
    places = places - places.mean(dim=0)
    angle = (ratio * torch.polar(torch.ones((), dtype=torch.float64), -ratio.mean().angle())).angle()
    design = torch.cat([places, torch.ones_like(places[:, :1])], dim=1)
    line: Tensor = torch.linalg.lstsq(design, angle[:, None]).solution
    return angle - (design @ line)[:, 0]


def strangeness(object: Tensor, spread: Tensor, truth: Tensor, support: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return misfit, spread and noise of the judged voxels: (voxels,) each, in radians; none where too few."""
    where = judged(object, support) & (truth.abs() > LEVEL * truth.abs().max())
    if int(where.sum()) < truth.ndim + 2:
        return (torch.zeros(0, dtype=torch.float64),) * 3
    noise = phase_deviation(object, spread, 0.0)[where]
    return misfit(object, truth, where), spread[where].double(), noise


def coverage(object: Tensor, spread: Tensor, truth: Tensor, support: Tensor, factor: float = SPREAD_FACTOR) -> float:
    """Return the part of the judged voxels whose true phase lies within one standard deviation; NaN for none.

    For a Gaussian error that is 68 %.
    """
    off, scatter, noise = strangeness(object, spread, truth, support)
    if not len(off):
        return float("nan")
    return float((off.square() <= factor**2 * scatter.square() + noise.square()).double().mean())
