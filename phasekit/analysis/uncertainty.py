"""The uncertainty of a mean object's phase, voxel by voxel, and the coverage of its intervals."""

from __future__ import annotations

import math

import torch
from scipy import ndimage
from torch import Tensor

from phasekit.core.problem import Problem

LEVEL = 0.5
"""Fraction of the robust maximum of |ρ| above which a voxel's phase is judged: inside the object's surface."""

STEPS = 400
"""Steps of error reduction in `drift`; the factors are fitted for this number."""

STARTS = 6
"""Maximum number of agreeing starts that count, as in the fit of the factors. The errors that they
share remain: counting 12 makes the intervals too narrow."""

DRIFT_FACTOR = 2.6
"""Factor of the root of the drift; fitted, with the factor below, by benchmarks/interval_coverage.py, rounded up."""

NOISE_FACTOR = 0.25
"""Factor of the photon noise: below 1, because the drift has a share, as a wider support fits more noise."""

SUITE_COVERAGE = {"mean": 0.68, "lowest": 0.13, "highest": 0.95, "pairs": 27}
"""Coverage on the suite's noisy problems with these factors, at 32³ and 64³; benchmarks/interval_coverage.py."""


def drift(problem: Problem, object: Tensor, support: Tensor) -> float:
    """Return how far an object (*space) moves when it is refined in a wider support: photons per voxel.

    A wrong support and an unfinished search do not show in the scatter of starts, which share them.
    They show here: after `STEPS` of error reduction in the support (*space) bool, one voxel wider, the phase has
    changed by some radians in the judged voxels. The mean square of that, over the mean of 1/|ρ|², is returned;
    infinite if too few voxels are judged.
    """
    where = judged(object, support)
    if int(where.sum()) < object.ndim + 2:
        return float("inf")
    wider = torch.from_numpy(ndimage.binary_dilation(support.numpy()))
    refined = object * wider
    for _ in range(STEPS):
        refined = problem.project(refined) * wider
    change = misfit(refined, object, where).square().mean()
    return float(change / object[where].abs().double().pow(-2).mean())


def phase_deviation(
    object: Tensor, moved: float, starts: int, factor: float = DRIFT_FACTOR, noise: float = NOISE_FACTOR
) -> Tensor:
    """Return the standard deviation of the phase (*space), radians: √(factor² drift / n + noise² / 2) / |ρ|.

    `object` is the mean of `starts` that agree, at the scale of the data, so that |ρ|² are photons; `moved` is its
    `drift`, n the number of starts up to `STARTS`. The roots of Poisson counts have the variance 1/4 whatever the
    counts; a transform without loss leaves each voxel's real and imaginary part 1/2 at least if all of it is fitted,
    which is 1/2|ρ|² of the phase. Infinite where |ρ| is 0.
    """
    variance = factor**2 * moved / min(max(starts, 1), STARTS) + noise**2 / 2
    return math.sqrt(variance) / object.abs().double()


def judged(object: Tensor, support: Tensor) -> Tensor:
    """Return the voxels (*space) bool inside the object's surface, whose phase is judged."""
    modulus = object.abs()
    if not bool(support.any()):
        return support
    top = torch.quantile(modulus[support].double(), 0.98)
    return support & (modulus > LEVEL * top)


def misfit(object: Tensor, truth: Tensor, where: Tensor) -> Tensor:
    """Return the error of the phase against the truth, radians: (voxels,) where `where` (*space) bool is true.

    A constant phase, and a ramp, which shifts the data, are removed: the data do not determine them.
    """
    ratio = (object * truth.conj())[where].to(torch.complex128)
    ratio = ratio / ratio.abs().clamp(min=1e-300)
    places = torch.nonzero(where).double()
    places = places - places.mean(dim=0)
    angle = (ratio * torch.polar(torch.ones((), dtype=torch.float64), -ratio.mean().angle())).angle()
    design = torch.cat([places, torch.ones_like(places[:, :1])], dim=1)
    line: Tensor = torch.linalg.lstsq(design, angle[:, None]).solution
    return angle - (design @ line)[:, 0]


def comparable(object: Tensor, truth: Tensor, support: Tensor) -> Tensor | None:
    """Return the judged voxels (*space) bool that are inside the truth's surface too; None if too few."""
    where = judged(object, support) & (truth.abs() > LEVEL * truth.abs().max())
    return where if int(where.sum()) >= truth.ndim + 2 else None


def coverage(object: Tensor, deviation: Tensor, truth: Tensor, support: Tensor) -> float:
    """Return the fraction of the judged voxels whose true phase is within one `deviation` (*space); NaN for none.

    For a Gaussian error of that standard deviation it is 68 %.
    """
    where = comparable(object, truth, support)
    if where is None:
        return float("nan")
    return float((misfit(object, truth, where).abs() <= deviation[where]).double().mean())
