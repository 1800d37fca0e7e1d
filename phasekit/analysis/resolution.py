"""The range of |Q| in which starts agree: the phase retrieval transfer function, and the Fourier shell correlation."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from phasekit.analysis.shells import Shells
from phasekit.core.problem import Problem
from phasekit.numerics import fourier

PRTF_LEVEL = math.exp(-1)
"""Level of the PRTF that defines the resolution."""


def prtf(problem: Problem, mean: Tensor, shells: Shells) -> Tensor:
    """Return the phase retrieval transfer function per shell of |Q|: Σ|F⟨ρ⟩| / Σ√Im, (shells,) float64.

    `mean` (*space) complex is the mean of aligned objects. Trusted and held-out voxels count; NaN where a shell has
    none, or no photon. Source: Chapman et al., J. Opt. Soc. Am. A 23, 1179 (2006).
    """
    with torch.no_grad():
        kept = shells.total(problem.predict(mean), problem.trusted)
    measured = shells.total(problem.measured_amplitude, problem.trusted)
    return torch.where(measured > 0, kept / measured, torch.nan)


def shell_correlation(one: Tensor, other: Tensor, shells: Shells) -> Tensor:
    """Return the Fourier shell correlation of two aligned objects (*space): (shells,) float64, real part.

    Source: Harauz and van Heel, Optik 73, 146 (1986).
    """
    waves = [fourier.to_wave(object.to(torch.complex128), object.ndim) for object in (one, other)]
    everywhere = torch.ones(waves[0].shape, dtype=torch.bool)
    cross = shells.total((waves[0] * waves[1].conj()).real, everywhere)
    powers = [shells.total(wave.abs().square(), everywhere) for wave in waves]
    norm = (powers[0] * powers[1]).sqrt()
    return torch.where(norm > 0, cross / norm, torch.nan)


def resolution(curve: Tensor, shells: Shells, level: float = PRTF_LEVEL) -> float:
    """Return the length at which a curve over shells first falls to `level`, in the unit of `Shells.resolution`.

    Between shells it is interpolated in |Q|; NaN if the curve begins below the level, the detector's limit
    if it never falls that far.
    """
    known = curve.isfinite()
    values: list[float] = curve[known].tolist()
    radius: list[float] = shells.radius[known].tolist()
    unit = float(shells.resolution[0] * shells.radius[0])
    if not values or values[0] < level:
        return math.nan
    for (one, near), (other, far) in zip(
        zip(values, radius, strict=True), zip(values[1:], radius[1:], strict=True), strict=False
    ):
        if other < level:
            at = near + (far - near) * (one - level) / (one - other)
            return unit / at
    return unit / radius[-1]
