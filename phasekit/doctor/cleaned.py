"""Findings about data that were cleaned: counts below zero, and a centre that was not measured."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import torch
from scipy import ndimage

from phasekit.core import friedel
from phasekit.doctor.examined import Examined
from phasekit.doctor.finding import Finding

ADDED = 0.01
"""Largest acceptable part of the counts that clamping at 0 adds."""

NOISE = 3.0
"""Standard deviations of noise below which counts say nothing."""

SYMMETRIC = 0.9
"""Correlation about its centre from which on a pattern in two dimensions is symmetric …"""

WORSE = 0.1
"""… and how much less symmetric it is about the voxel that was taken for the centre."""


BLANK = 3
"""Pixels along a side of blocks of zeros that are not compared."""


def negative_counts(examined: Examined) -> Iterator[Finding]:
    """Find noise below zero that amplitudes cannot show."""
    pattern = examined.prepared
    below = pattern.counts[pattern.valid & (pattern.counts < 0)].double()
    total = float(pattern.counts[pattern.valid].sum(dtype=torch.float64))
    added = -float(below.sum())
    if not len(below) or added <= ADDED * total:
        return
    deviation = float(below.square().mean().sqrt())
    yield Finding(
        "negative-counts",
        f"{len(below) / int(pattern.valid.sum()):.0%} of the trusted counts are negative, after a subtraction. "
        f"Amplitudes take 0 there, which adds {added / max(total, added):.0%} to the counts.",
        "Likelihoods (poisson, free-poisson) use their mean; solvers fit the rest of the noise. Set it to zero with "
        f"the step {{name: background, subtract: 0, below: {NOISE * deviation:.3g}}}, three standard deviations.",
    )


def off_symmetry(examined: Examined) -> Iterator[Finding]:
    """Find a pattern in two dimensions that is symmetric about another voxel than n//2."""
    pattern = examined.pattern
    if not examined.measured or len(pattern.shape) != 2:
        return
    photons = pattern.photons()
    blank = ndimage.binary_opening(
        (photons == 0).numpy(), np.ones((BLANK, BLANK), dtype=bool)
    )  # behind a stop without a mask
    valid = pattern.valid & ~torch.from_numpy(blank)
    spans = [range(n // 2 - n // 8, n // 2 + n // 8 + 1) for n in pattern.shape]
    centre, correlation = friedel.centre_of_symmetry(photons, valid, torch.tensor(list(product(*spans))))
    middle = [n // 2 for n in pattern.shape]
    _, here = friedel.centre_of_symmetry(photons, valid, torch.tensor([middle]))
    away = max(abs(at - m) for at, m in zip(centre, middle, strict=True))
    if away > 1 and correlation >= SYMMETRIC and correlation - here >= WORSE:
        place = list(pattern.as_read(centre))
        yield Finding(
            "off-centre",
            f"The pattern is symmetric about the voxel {place} as read, with correlation {correlation:.2f}; about the "
            f"voxel that was made the centre it is {here:.2f}.",
            f"Zero frequency is where |F(Q)| = |F(−Q)|: write {{name: centre, at: {place}}} in the steps (prepare).",
        )


CHECKS = (negative_counts, off_symmetry)
