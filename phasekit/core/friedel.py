"""Where zero frequency is when it was not measured: the centre of a pattern's symmetry, or of what is bright."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

REACH = 48
"""Voxels on either side that are compared, at most."""

SYMMETRIC = 0.8
"""Correlation of a pattern with itself turned by 180° from which on it is symmetric: |F(Q)| = |F(−Q)| if the object is
real (Friedel). A strained crystal's is not."""

BETTER = 0.02
"""How much more symmetric it must be than about another voxel, to prefer one."""

CLEARLY = 0.2
"""How much more, if that other voxel may be the maximum."""

NEAR = 3
"""Voxels between a side maximum and the edge of a beam stop."""

BRIGHT = 0.1
"""Counts, relative to the brightest, of what belongs to the peak about a gap."""


def symmetry(photons: Tensor, valid: Tensor, centres: Tensor) -> Tensor:
    """Return (n,) float64: correlations of √photons with itself turned about each of the voxels `centres`, (n, ndim).

    Uses the trusted voxels whose opposite is trusted, too; 0 if they are fewer than a tenth of all.
    """
    trusted = valid.double()
    root = torch.where(valid, photons.double().clamp(min=0), 0).sqrt()
    size = [2 * n for n in photons.shape]
    spectra = [torch.fft.rfftn(array, s=size) for array in (trusted, root, root.square())]
    pairs = [(0, 0), (1, 0), (2, 0), (1, 1)]
    sums = [torch.fft.irfftn(spectra[a] * spectra[b], s=size)[tuple((2 * centres).T)] for a, b in pairs]
    number, mean, square, product = sums
    number = number.round()
    spread = number * square - mean.square()
    enough = (number >= 0.1 * float(trusted.sum())) & (spread > 1e-9 * number * square)
    return torch.where(enough, (number * product - mean.square()) / torch.where(enough, spread, 1), 0)


def centre_of_symmetry(photons: Tensor, valid: Tensor, places: Tensor) -> tuple[tuple[int, ...], float]:
    """Return the one of the voxels `places`, (n, ndim), about which the pattern is most symmetric, and its correlation.

    The pattern is compared up to 48 voxels from their middle.
    """
    middle = ((places.amin(dim=0) + places.amax(dim=0)) // 2).tolist()
    half = [max(REACH, int((places[:, axis] - at).abs().max()) + 2) for axis, at in enumerate(middle)]
    low = [max(at - reach, 0) for at, reach in zip(middle, half, strict=True)]
    box = tuple(slice(first, at + reach + 1) for first, at, reach in zip(low, middle, half, strict=True))
    found = symmetry(photons[box], valid[box], places - torch.tensor(low))
    best = int(found.argmax())
    return tuple(places[best].tolist()), float(found[best])


def hidden_centre(photons: Tensor, valid: Tensor, peak: Sequence[int]) -> tuple[tuple[int, ...], str] | None:
    """Return where zero frequency is if the brightest trusted voxel, `peak`, lies at a gap, and how that is known.

    None if it lies at none. The gap, behind a beam stop or of the detector, may hold the true maximum. It must border
    on the peak, or be at most three voxels away if the pattern is clearly symmetric about one of its voxels.
    """
    if not (bool(valid[tuple(peak)]) and float(photons[tuple(peak)]) > 0):
        return None
    gap, close = _gap_at(valid, peak, 1), True
    if gap is None:
        gap, close = _gap_at(valid, peak, NEAR), False
    if gap is None:
        return None
    places = torch.cat([gap.nonzero(), torch.tensor([list(peak)])])
    here, correlation = centre_of_symmetry(photons, valid, places)
    _, at_peak = centre_of_symmetry(photons, valid, torch.tensor([list(peak)]))
    if correlation >= SYMMETRIC:
        if correlation - at_peak < (BETTER if close else CLEARLY):
            return None
        return here, f"by symmetry, correlation {correlation:.2f}, for the maximum borders on untrusted voxels"
    if not close:
        return None
    return _middle(photons, valid, peak), "in the middle of what is bright, for the maximum borders on untrusted voxels"


def _gap_at(valid: Tensor, peak: Sequence[int], reach: int) -> Tensor | None:
    """Return (*detector) bool: the gap within `reach` of the peak, up to a quarter of the array away; None for none."""
    beside = tuple(slice(max(at - reach, 0), at + reach + 1) for at in peak)
    if bool(valid[beside].all()):
        return None
    near = tuple(slice(max(at - n // 4, 0), at + n // 4 + 1) for at, n in zip(peak, valid.shape, strict=True))
    untrusted = torch.ones_like(valid)
    untrusted[near] = valid[near]
    blocks, _ = ndimage.label(~untrusted.cpu().numpy(), np.ones((3,) * valid.ndim))
    found = torch.from_numpy(np.isin(blocks, np.setdiff1d(blocks[beside], 0)))
    return found if int(found.sum()) > valid.ndim else None


def _middle(photons: Tensor, valid: Tensor, peak: Sequence[int]) -> tuple[int, ...]:
    """Return the centre of mass of what is bright about the peak, the gap filled from its nearest trusted voxels."""
    box = tuple(slice(max(at - n // 4, 0), at + n // 4 + 1) for at, n in zip(peak, photons.shape, strict=True))
    counts, trusted = photons[box].cpu().numpy().astype(float), valid[box].cpu().numpy()
    nearest = ndimage.distance_transform_edt(~trusted, return_distances=False, return_indices=True)
    filled = counts[tuple(nearest)]
    brightest = float(photons[tuple(peak)])  # a hot voxel may be brighter
    filled = np.where(filled < BRIGHT * brightest, 0, np.minimum(filled, brightest))
    blocks, _ = ndimage.label(filled > 0)
    filled[blocks != blocks[tuple(at - side.start for at, side in zip(peak, box, strict=True))]] = 0
    middle = ndimage.center_of_mass(filled)
    return tuple(side.start + round(float(at)) for side, at in zip(box, middle, strict=True))
