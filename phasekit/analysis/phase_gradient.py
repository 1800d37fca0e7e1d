"""The lattice from neighbouring voxels: wrapped differences of the phase, ramp, gradient, dislocations."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.restoration import unwrap_phase

Complex = NDArray[np.complex128]
Real = NDArray[np.float64]
Mask = NDArray[np.bool_]

SHORTEST = 3
"""Minimum length along some axis for a line of residues to count as a dislocation, voxels."""


def differences(object: Complex, axis: int) -> Real:
    """Return arg(ρ(n+1) ρ*(n)) along `axis`, one shorter there than `object` (*space): correct below π per voxel."""
    later, earlier = np.moveaxis(object, axis, 0)[1:], np.moveaxis(object, axis, 0)[:-1]
    return np.moveaxis(np.angle(later * earlier.conj()), 0, axis)


def pairs(support: Mask, axis: int) -> Mask:
    """Return where both neighbours along `axis` lie in `support` (*space) bool."""
    lined = np.moveaxis(support, axis, 0)
    return np.moveaxis(lined[1:] & lined[:-1], 0, axis)


def mean_gradient(object: Complex, support: Mask) -> Real:
    """Return the mean phase difference per voxel along each axis (ndim,), radians: the ramp.

    It is the mean of the differences inside `support` (*space) bool, weighted by |ρ(n+1) ρ(n)| and wrapped about
    their circular mean, so that a ramp near π per voxel is not underestimated; 0 along an axis without neighbours.
    """
    found = []
    for axis in range(object.ndim):
        moved = np.moveaxis(object, axis, 0)
        products = np.moveaxis(moved[1:] * moved[:-1].conj(), 0, axis) * pairs(support, axis)
        weight = np.abs(products)
        total = weight.sum(dtype=np.float64)
        middle = np.angle(products.sum())
        rest = (weight * np.angle(products * np.exp(-1j * middle))).sum(dtype=np.float64)
        found.append(middle + rest / total if total > 0 else 0.0)
    return np.array(found)


def without_ramp(object: Complex, gradient: Real, centre: Real) -> Complex:
    """Remove the phase gradient·(n − centre) from `object` (*space); both (ndim,), radians per voxel, index."""
    result: Complex = object
    for axis, (slope, middle) in enumerate(zip(gradient, centre, strict=True)):
        index = np.arange(object.shape[axis]) - middle
        ramp = np.exp(-1j * slope * index)
        result = result * ramp.reshape([-1 if a == axis else 1 for a in range(object.ndim)])
    return result


def gradient(object: Complex, support: Mask) -> Real:
    """Return (ndim, *space): the phase gradient per voxel along each axis, radians, from wrapped differences.

    The mean of the differences to both neighbours, one-sided at the surface of `support`; NaN outside it and
    where a voxel has no neighbour along an axis. Nothing is unwrapped, so it is valid around dislocations too.
    """
    found = np.full((object.ndim, *object.shape), np.nan)
    for axis in range(object.ndim):
        inside = pairs(support, axis)
        step = np.where(inside, differences(object, axis), 0)
        total = np.zeros(object.shape)
        count = np.zeros(object.shape, dtype=np.int8)
        for side in (slice(None, -1), slice(1, None)):
            place = tuple(side if a == axis else slice(None) for a in range(object.ndim))
            total[place] += step
            count[place] += inside
        np.divide(total, count, out=found[axis], where=count > 0)
    return found


def circulations(object: Complex, support: Mask) -> dict[tuple[int, int], NDArray[np.int8]]:
    """Return the turns of the phase around every plaquette, by its two axes: 0, or ±1 where a dislocation goes through.

    The sum of the wrapped differences around n → n+e₁ → n+e₁+e₂ → n+e₂ → n, over 2π; arrays are one shorter
    along both axes. 0 where a corner lies outside `support`.
    """
    steps = [differences(object, axis) for axis in range(object.ndim)]
    found = {}
    for one, other in itertools.combinations(range(object.ndim), 2):
        around = -np.diff(steps[one], axis=other) + np.diff(steps[other], axis=one)
        corners = pairs(pairs(support, one), other)
        found[one, other] = np.where(corners, np.rint(around / (2 * np.pi)), 0).astype(np.int8)
    return found


def dislocations(object: Complex, support: Mask) -> list[Real]:
    """Find the lines around which the phase turns by 2π, one voxel or more inside the surface of `support`.

    Returns for each line (n, ndim) indices, fractions too, of the middles of the plaquettes that it goes through.
    Loops within `SHORTEST` voxels, which noise causes in dark regions, are ignored.
    """
    inner = ndimage.binary_erosion(support, ndimage.generate_binary_structure(support.ndim, support.ndim))
    pierced, places = np.zeros(object.shape, dtype=bool), []
    for plane, turns in circulations(object, inner).items():
        corners = np.argwhere(turns)
        pierced[tuple(corners.T)] = True
        places.append(corners + np.isin(np.arange(object.ndim), plane) / 2)
    labels, count = ndimage.label(pierced, ndimage.generate_binary_structure(object.ndim, object.ndim))
    found = np.concatenate(places)
    of = labels[tuple(found.astype(int).T)]
    lines = [found[of == number] for number in range(1, count + 1)]
    return [line for line in lines if np.ptp(line, axis=0).max() >= SHORTEST]


def unwrapped(object: Complex, support: Mask) -> Real:
    """Return the continuous phase (*space) inside `support`, NaN outside, its weighted mean nearest to zero.

    Each connected piece of the support is unwrapped separately, by whole turns; the phase around a dislocation
    has no such form, see `dislocations`.
    """
    phase = np.angle(object).astype(np.float64)
    weight = np.abs(object) ** 2
    result = np.full(object.shape, np.nan)
    pieces, count = ndimage.label(support)
    boxes = ndimage.find_objects(pieces)
    for number, box in zip(range(1, count + 1), boxes, strict=True):
        inside = pieces[box] == number
        values = phase[box]
        if inside.sum() > 1:
            values = _unwrapped_piece(values, inside)
        total = weight[box][inside].sum()
        mean = (weight[box] * values)[inside].sum() / total if total > 0 else 0.0
        result[box][inside] = values[inside] - 2 * np.pi * np.rint(mean / (2 * np.pi))
    return result


def _unwrapped_piece(phase: Real, inside: Mask) -> Real:
    """Unwrap where `inside`; axes of length 1, which the library refuses, are removed."""
    squeezed = np.ma.array(np.squeeze(phase), mask=~np.squeeze(inside))
    if squeezed.ndim == 1:
        return np.unwrap(phase.ravel()).reshape(phase.shape)
    found = unwrap_phase(squeezed, rng=0)  # type: ignore[no-untyped-call]  # scikit-image has no types
    return np.asarray(np.ma.getdata(found), dtype=np.float64).reshape(phase.shape)
