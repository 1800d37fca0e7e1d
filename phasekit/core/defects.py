"""Detector defects that show in the counts: gaps, saturation, hot and dead pixels, and cosmic rays."""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

SIGMAS = 5.0
"""Poisson standard deviations by which a hot pixel exceeds its neighbours."""

TIMES = 5.0
"""Ratio of a hot pixel's counts to its neighbours'. At oversampling 2 a speckle's maximum has 3.5 times the median
of its neighbours, at higher oversampling less: no part of the pattern reaches this."""

COUNTERS = (8, 10, 12, 14, 16, 20, 24, 31, 32, 63, 64)
"""Bits of counters and of numbers, whose maxima mark gaps and overflow."""

HUGE = float(2**31)
"""2^31 − 1 in float32, in which it is no other number than 2^31. Maxima from here on are no counts in any voxel."""

ALONE = 0.1
"""A voxel is hot, not the peak, if its brighter neighbour along some axis has less than this fraction of it.
The peak's has 0.4 at oversampling 2."""

PLATEAU = 3
"""Voxels with the same highest count that make a plateau, if fewer come within counting noise of it."""

WIDE = 0.3
"""Largest fraction of the voxels in a plateau: more are no peak that was clipped."""

LIMITS = frozenset(
    float(torch.tensor(limit, dtype=torch.float64).float())
    for limit in (2**12 - 1, 11810, 2**14 - 1, 2**16 - 1, 2**20 - 1, 2**24 - 1, 2**32 - 1)
)
"""Maxima of counters: Medipix 11810, Pilatus 2^20 − 1; the rest are cameras and integer types."""

AROUND = 5
"""Pixels along a side of the square that a pixel's sensitivity is compared with."""

UNEVEN = 3.0
"""Ratio of a defect's sensitivity to its neighbours'. Pixels at the edges of chips are up to 2.5 times as large."""

UNEVEN_SIGMAS = 6.0
"""Standard deviations, from the median deviation, by which it differs, too."""

WEAKEST = 0.01
"""Smallest sensitivity, relative to the median, at which a pixel measures anything."""

FRAMES = 8
"""With fewer frames, nothing is known about a pixel."""

SAMPLED = 64
"""Frames that are examined, spread over the scan; this many suffice."""

STEADY = 5.0
"""How much larger a hot pixel's excess may be in the brightest quarter of frames than in the dimmest: what follows
the beam is pattern."""

BUSY = 100.0
"""Counts around a dead pixel, or those expected in a group of touching dead pixels from their neighbours: zero is then
not due to chance."""

ALIVE = 3.0
"""Multiple of the smallest count in every pixel around a gap, where these are dim themselves. A dark corner
has dimmer pixels at its border."""

BLOCK = 3
"""Minimum size of a blank block along each axis, voxels."""

AMID = 4.0
"""Multiple of the smallest count in the median of the voxels around a blank block. Borders of the dark parts of
a detector, or of data whose small counts were set to zero, have less."""

SPIKE = 20.0
"""Minimum counts of a cosmic ray."""

SPIKE_TIMES = 10.0
"""Ratio of a cosmic ray to its brightest neighbour. At oversampling 2 the peak has 2.5."""


def marked_gaps(counts: Tensor, valid: Tensor) -> Tensor:
    """Return (*detector) bool: trusted voxels that hold the maximum of a counter, 2^n − 1, because they have no count.

    Those are pixels with the same maximum in every trusted frame of three or more, and any voxel with that of 31
    bits or more. `counts` (*detector) are float32, whatever type they had.
    """
    maxima = torch.tensor([2.0**bits - 1 for bits in COUNTERS], dtype=torch.float64).to(counts.dtype)
    marked = torch.zeros_like(valid)
    if not float(counts.max()) < HUGE:  # or not a number
        marked = torch.isin(counts, maxima[maxima >= HUGE]) & valid
    first = next((k for k in range(len(counts)) if bool((valid[k] & counts[k].isfinite()).any())), 0)
    same = torch.isin(counts[first], maxima) & valid[first]
    if counts.ndim == 3 and bool(same.any()):
        known = valid & counts.isfinite() & ~marked
        if int(known.flatten(1).any(dim=1).sum()) >= PLATEAU:
            marked |= (same & ((counts == counts[first]) | ~known).all(dim=0)) & known
    return marked


def clipped(counts: Tensor, valid: Tensor) -> tuple[Tensor, Tensor, float | None]:
    """Return (*detector) bool twice, and a count: where the peak was cut off, what is a gap, and the count of the cut.

    Both are trusted voxels with the same highest count: three or more with few counts within noise of it, or the
    maximum of a counter. A gap has it in every frame. The count is None if nothing was cut off. Single bright voxels,
    hot pixels for example, do not matter. Equal counts at mirrored places of a pattern without noise are no plateau.
    """
    gap = torch.zeros_like(valid)
    if _is_plain(counts, valid):
        return gap, gap, None
    known = torch.where(valid & counts.isfinite(), counts, -torch.inf)
    for _ in range(SAMPLED):
        top = float(known.max())
        at = known == top
        place = at.nonzero()[0].tolist()
        if top <= 0:
            break
        if not supported(known, place):
            known[..., *place[-2:]] = -torch.inf
        elif not _is_cut(known, at, top):
            break
        elif known.ndim == 2 or int(at.sum()) != len(at) * int(at.all(dim=0).sum()):
            return at, gap, top
        else:
            gap |= at
            known[at] = -torch.inf
    return torch.zeros_like(valid), gap, None


def _is_plain(counts: Tensor, valid: Tensor) -> bool:
    """Return whether the highest count is trusted, alone, no maximum of a counter, and has bright neighbours."""
    place = [int(i) for i in torch.unravel_index(counts.argmax(), counts.shape)]
    top = float(counts[tuple(place)])
    if not (math.isfinite(top) and bool(valid[tuple(place)])) or top in LIMITS:
        return False
    box = tuple(slice(max(at - 1, 0), at + 2) for at in place)
    near = torch.where(valid[box], counts[box], -torch.inf)
    return supported(near, [min(at, 1) for at in place]) and int((counts == top).count_nonzero()) < PLATEAU


def supported(known: Tensor, place: list[int]) -> bool:
    """Return whether a voxel has a neighbour along every axis that is bright too; one that is infinite is unknown."""
    value = float(known[tuple(place)])
    for axis, (at, n) in enumerate(zip(place, known.shape, strict=True)):
        line = known[tuple(slice(None) if a == axis else p for a, p in enumerate(place))]
        beside = [float(line[i]) for i in (at - 1, at + 1) if 0 <= i < n and bool(line[i].isfinite())]
        if beside and max(beside) < ALONE * value:
            return False
    return True


def _is_cut(known: Tensor, at: Tensor, top: float) -> bool:
    """Return whether the voxels `at`, with the highest count, are a plateau or at the maximum of a counter."""
    many, positive = int(at.sum()), known > 0
    if not bool((positive & ~at).any()) or many > WIDE * int(known.isfinite().sum()):
        return False
    if top in LIMITS:
        return True
    close = int(((known < top) & (known > top - 2 * top**0.5)).sum())
    return many >= PLATEAU and many >= close and not _mirrored(known, at, many)


def _mirrored(known: Tensor, at: Tensor, many: int) -> bool:
    """Return whether equal counts lie about a point of symmetry between voxels, as they do without noise."""
    if many > 2**known.ndim:
        return False
    places = at.nonzero()
    low, high = places.amin(dim=0) - 1, places.amax(dim=0) + 2
    box = known[tuple(slice(max(int(a), 0), int(b)) for a, b in zip(low, high, strict=True))]
    return torch.equal(box, box.flip(tuple(range(box.ndim))))


def uneven_pixels(flat: Tensor, trusted: Tensor) -> Tensor:
    """Return (rows, columns) bool: trusted pixels whose sensitivity is no pixel's, but a defect's.

    It differs from the median of the 5 × 5 pixels around by a factor of more than 3, and by more than 6 standard
    deviations of such factors; or it is below 1 % of the median of all. `flat` and `trusted` are (rows, columns), or of
    all frames.
    """
    if flat.ndim == 3:
        flat, trusted = flat.nan_to_num(0, 0, 0).mean(dim=0), trusted.any(dim=0)
    good = trusted & flat.isfinite() & (flat > 0)
    if not bool(good.any()):
        return torch.zeros_like(good)
    middle = flat[good].median()
    around = ndimage.median_filter(torch.where(good, flat, middle).cpu().numpy(), AROUND, mode="nearest")
    ratio = torch.where(good, flat / torch.from_numpy(around).to(flat), 1).log().abs()
    limit = max(math.log(UNEVEN), UNEVEN_SIGMAS * float(ratio[good].median()) / 0.6745)
    return good & ((ratio > limit) | (flat < WEAKEST * middle))


def hot_pixels(counts: Tensor, valid: Tensor, sigmas: float = SIGMAS) -> Tensor:
    """Return (rows, columns) bool: pixels that count far more than their neighbours, even away from the beam.

    A pixel is hot if it does so in the dimmest, the middle and the brightest quarter of its own trusted frames, by
    about the same amount: the peak, whatever its height, is in few frames, and fringes change. The surroundings are
    the median of the trusted pixels among the eight neighbours. `counts` and `valid` are (frames, rows, columns);
    2-D data and fewer than 8 frames give no hot pixels.
    """
    rows, columns = counts.shape[-2:]
    hot = torch.ones((rows, columns), dtype=torch.bool, device=counts.device)
    measured = valid.reshape(-1, rows * columns).any(dim=1).nonzero().flatten()
    if counts.ndim != 3 or len(measured) < FRAMES:
        return ~hot
    measured = measured[:: max(1, len(measured) // SAMPLED)]
    trusted = valid[measured]
    ordered = torch.where(trusted, counts[measured], torch.nan).sort(dim=0).values  # NaN comes last
    least = torch.full((rows, columns), torch.inf, device=counts.device)
    for part in (0.25, 0.5, 0.75):
        level = torch.where(trusted.sum(dim=0) >= FRAMES, _quantile(ordered, part), torch.nan)
        padded = torch.nn.functional.pad(level, (1, 1, 1, 1), value=torch.nan)
        places = [(r, c) for r in range(3) for c in range(3) if (r, c) != (1, 1)]
        beside = torch.stack([padded[r : r + rows, c : c + columns] for r, c in places])
        around = _quantile(beside.sort(dim=0).values, 0.5)
        excess = level - around
        around = around.clamp(min=0)
        hot &= (level > TIMES * around) & (excess > sigmas * (around + 1).sqrt()) & (excess <= STEADY * least)
        least = torch.minimum(least, excess)
    return hot


def dead_pixels(counts: Tensor, valid: Tensor) -> Tensor:
    """Return (rows, columns) bool: trusted pixels without counts in any frame, although their neighbours have some.

    Touching pixels are judged together, so gaps of any width are found. 2-D data and fewer than 8 frames
    give no dead pixels: a wave itself has zeros.
    """
    if counts.ndim != 3 or len(counts) < FRAMES:
        return torch.zeros(counts.shape[-2:], dtype=torch.bool, device=counts.device)
    total = (counts * valid).sum(dim=0, dtype=torch.float64).cpu().numpy()
    trusted = valid.any(dim=0).cpu().numpy()
    groups, count = ndimage.label((total == 0) & trusted)
    median, least = _around(groups, count, total, trusted)
    together = median * np.bincount(groups.ravel(), minlength=count + 1)
    dead = (median >= BUSY) | ((least >= ALIVE * _smallest(counts[valid].cpu().numpy())) & (together >= BUSY))
    return torch.from_numpy(dead[groups]).to(counts.device)


def blank_blocks(counts: Tensor, valid: Tensor) -> Tensor:
    """Return (*detector) bool: trusted blocks of zeros amid counts, for example a blanked-out foreign peak.

    A block is at least 3 voxels wide along every axis, wider than the minimum of a fringe. 2-D data give
    no blocks: the gaps between streaks are as dark.
    """
    if counts.ndim != 3:
        return torch.zeros_like(valid)
    values, trusted = counts.cpu().numpy(), valid.cpu().numpy()
    blank = ndimage.binary_opening(trusted & (values == 0), np.ones((BLOCK,) * counts.ndim, dtype=bool))
    groups, count = ndimage.label(blank)
    amid = _around(groups, count, values, trusted)[0] >= AMID * _smallest(values[trusted])
    return torch.from_numpy(amid[groups]).to(counts.device)


def spikes(counts: Tensor, valid: Tensor) -> Tensor:
    """Return (*detector) bool: trusted voxels with more than 10 times the counts of every neighbour along the axes.

    A voxel with an untrusted neighbour never counts as one, because the neighbour's counts are unknown.
    """
    brightest = torch.full_like(counts, SPIKE / SPIKE_TIMES)
    known = torch.where(valid, counts, torch.inf)
    for axis, n in enumerate(counts.shape):
        low, high = (brightest.narrow(axis, start, n - 1) for start in (0, 1))
        torch.maximum(low, known.narrow(axis, 1, n - 1), out=low)
        torch.maximum(high, known.narrow(axis, 0, n - 1), out=high)
    return valid & (counts > SPIKE_TIMES * brightest)


def _smallest(counts: np.ndarray) -> float:
    """Return the smallest nonzero count; 1 if counts are not whole, as after a division."""
    return max(1.0, float(counts[counts > 0].min(initial=np.inf)))


def _around(groups: np.ndarray, count: int, values: np.ndarray, trusted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return median and least, (count + 1,) each, of the trusted values that border on each labelled group."""
    edge = np.where((groups == 0) & trusted, ndimage.grey_dilation(groups, size=(3,) * groups.ndim), 0)
    median, least = np.zeros(count + 1), np.zeros(count + 1)
    places = np.arange(1, count + 1)
    median[1:], least[1:] = ndimage.median(values, edge, places), ndimage.minimum(values, edge, places)
    return np.nan_to_num(median), least


def _quantile(ordered: Tensor, part: float) -> Tensor:
    """Return a quantile along axis 0 of sorted values, without NaN; between two values their mean."""
    place = part * (ordered.isnan().logical_not().sum(dim=0, keepdim=True) - 1).clamp(min=0)
    low, high = ordered.gather(0, place.floor().long()), ordered.gather(0, place.ceil().long())
    return ((low + high) / 2)[0]
