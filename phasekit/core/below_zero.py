"""Counts below zero: noise that a subtraction left, or marks of what has no count."""

from __future__ import annotations

import torch
from torch import Tensor

FEW = 1e-3
"""Fraction of the trusted voxels below zero from which on they may be noise …"""

FEWEST = 16
"""… and their number."""

FRAMES = 3
"""Frames in which a pixel must have the same negative number to be marked by it."""

SCATTERED = 0.6
"""Largest fraction of negative voxels whose next neighbour is negative, too, at which these are noise; of noise about 0
it is ½, of a marked region nearly 1."""

NUMBERS = 2
"""Different numbers below zero that may be marks (−1 and −2), however they lie."""

QUARTILE = 0.3186
"""A quarter of the values of Gaussian noise deviate by less than this, in standard deviations."""

SIGMAS = 8.0
"""Standard deviations by which noise may lie below zero."""


def noise(counts: Tensor, valid: Tensor) -> Tensor:
    """Return (*detector) bool: trusted counts below zero that are noise of a subtraction.

    Marks are no noise: the same number at a pixel in every frame, a few voxels among positive ones, one or two numbers
    that lie together, and numbers far below the others or the peak.
    """
    below = valid & counts.isfinite() & (counts < 0)
    if not bool(below.any()):
        return below
    below &= ~_fixed(counts, valid)
    values = -counts[below]
    if len(values) < max(FEWEST, FEW * int(valid.sum())):
        return torch.zeros_like(below)
    if len(torch.unique(values)) <= NUMBERS and not _scattered(below):
        return torch.zeros_like(below)
    deviation = float(values.kthvalue((len(values) + 3) // 4).values) / QUARTILE
    peak = float(torch.where(valid & counts.isfinite(), counts, 0).max())
    return below & (counts >= -max(min(SIGMAS * deviation, peak), 1.0))


def _fixed(counts: Tensor, valid: Tensor) -> Tensor:
    """Return where pixels have the same number in every trusted frame, of three or more."""
    known = valid & counts.isfinite()
    frames = known.flatten(1).any(dim=1).nonzero().flatten()
    if counts.ndim != 3 or len(frames) < FRAMES:
        return torch.zeros_like(valid)
    first = counts[frames[0]]
    return known & ((counts == first) | ~known).all(dim=0)


def _scattered(below: Tensor) -> bool:
    """Return whether voxels do not lie together."""
    beside = below[..., 1:] & below[..., :-1]
    return float(beside.sum()) <= SCATTERED * float(below.sum())
