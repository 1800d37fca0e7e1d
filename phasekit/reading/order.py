"""The order of an array's voxels: zero frequency at n//2, or first as an FFT leaves it."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from phasekit.core.measurement import Measurement
from phasekit.numerics import fourier

REACH = 3
"""Voxels on either side of zero frequency that are compared."""

ONE_SIDED = 0.01
"""Largest ratio of the mean counts on the two sides at which a pattern lies on one side only."""


def centred(measured: Measurement) -> Measurement:
    """Move zero frequency from index 0 to n//2, in the counts and in every array that goes with them."""
    ndim = len(measured.shape)

    def move(array: Tensor | None) -> Tensor | None:
        if array is None:
            return None
        return fourier.centred(array, array.ndim)  # of one frame too, or one number per frame

    return replace(
        measured,
        counts=fourier.centred(measured.counts, ndim),
        valid=fourier.centred(measured.valid, ndim),
        dark=move(measured.dark),
        flat_field=move(measured.flat_field),
        monitor=move(measured.monitor),
        positions=move(measured.positions),
    ).done("order: zero frequency was moved from index 0 to n//2")


def looks_uncentred(measured: Measurement) -> bool:
    """Return whether the pattern lies about index 0 of a periodic array, on both of its sides along every axis.

    A Bragg peak in the corner of a detector has counts on one side only.
    """
    ndim = len(measured.shape)
    if not fourier.at_corner(measured.peak(), measured.shape):
        return False
    photons = fourier.centred(measured.photons() * measured.valid, ndim)
    if float(photons.max()) < fourier.BRIGHT * float(photons.mean()):
        return False
    around = photons[tuple(slice(n // 2 - min(REACH, n // 2), n // 2 + REACH + 1) for n in measured.shape)]
    for axis, n in enumerate(around.shape):
        middle = min(REACH, measured.shape[axis] // 2)
        below = float(around.narrow(axis, 0, middle).sum()) / middle
        above = float(around.narrow(axis, middle + 1, n - middle - 1).sum()) / max(n - middle - 1, 1)
        if min(below, above) < ONE_SIDED * max(below, above):
            return False
    return True


def advice(order: str) -> str:
    """Return what to write where the data contradict `order`, "centred" or "fft"."""
    if order == "fft":
        return "the pattern was centred as read, and order: fft moved it to the corners: remove order: fft"
    return "zero frequency is at index 0, as an FFT leaves it, and not at the centre: write order: fft in the source"


def checked(measured: Measurement, order: str) -> Measurement:
    """Note where the pattern contradicts `order`; `measured` is centred by it."""
    return measured.noted(advice(order)) if looks_uncentred(measured) else measured
