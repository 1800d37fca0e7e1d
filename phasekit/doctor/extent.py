"""Findings about the pattern in its box: sampled too coarsely, truncated, off-centre."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from phasekit.core.measurement import Measurement
from phasekit.doctor.examined import Examined
from phasekit.doctor.finding import Finding
from phasekit.numerics import fourier
from phasekit.reading.order import looks_uncentred

NEEDED = 2.0
"""Oversampling below which the object is wider than half of the array, and cannot be found."""

CUT_OFF = 0.01
"""Largest acceptable intensity at the faces of the box, relative to the peak. Sharper cuts cause ringing."""

PUSHED_OUT = 0.05
"""Largest acceptable fraction of the counts outside the box of the prepared data."""

NOISE = 3.0
"""Standard deviations of counting noise by which a face must exceed that."""

BLIND = 0.25
"""Largest acceptable fraction of the counts in untrusted voxels, as estimated from their neighbours."""

ROOM = 8
"""The peak as read is too close to an edge if less than this fraction of the array lies between."""

OFF_CENTRE = 16
"""The peak is off-centre if it is farther from n//2 than this fraction of the array."""


def order(examined: Examined) -> Iterator[Finding]:
    """Find a pattern that lies about index 0 of the array as read; it spoils every other finding."""
    if looks_uncentred(examined.raw):
        yield Finding(
            "order",
            "The brightest voxel is at the corner of the array, and the pattern continues at the opposite corners.",
            "Zero frequency is at index 0, as an FFT leaves it: write order: fft in the source. If it is there, "
            "the array is centred: remove it. For a Problem made in Python, use Problem.from_arrays.",
            wrong=True,
        )


def oversampling(examined: Examined) -> Iterator[Finding]:
    """Find axes along which the fringes are sampled too coarsely.

    A saturated peak, or one at the array's edge, blurs the autocorrelation: then nothing is reported.
    """
    if examined.saturated[2]:
        return
    cut = {axis for axis, _ in near_edges(examined)} | {axis for axis, _, _ in bright_faces(examined.sound)}
    ratios = examined.oversampling()
    low = [f"{ratio:.2f} along axis {a}" for a, ratio in enumerate(ratios) if ratio < NEEDED and a not in cut]
    if low:
        yield Finding(
            "oversampling",
            f"The oversampling is at most about {', '.join(low)}.",
            f"Below {NEEDED:g} the object cannot be found: bin less, or measure with finer steps, farther away, or a "
            "smaller sample. If the sample is small enough, the data contain something else: a flat field that was not "
            "divided out, or aliens.",
        )


def untrusted(examined: Examined) -> Iterator[Finding]:
    """Find that the bright part of the pattern is untrusted, so that the rest says little."""
    if blind(examined):
        yield Finding(
            "untrusted",
            f"About {examined.guessed:.0%} of the counts lie in untrusted voxels.",
            "The bright part of the pattern is missing: check the mask and its sense (valid_means), at zeros of the "
            "flat field, and at missing frames.",
        )


def blind(examined: Examined) -> bool:
    """Return whether the peak itself is untrusted; one at the edge of the data as read is another finding."""
    return examined.guessed > BLIND and not list(near_edges(examined))


def truncated(examined: Examined) -> Iterator[Finding]:
    """Find faces of the box where the pattern is still bright, and a peak at the edge of the data as read."""
    if blind(examined):
        return
    found = [
        f"the {'last' if last else 'first'} trusted plane along axis {axis} has up to {part:.1%} of the peak"
        for axis, last, part in bright_faces(examined.pattern)
    ]
    found += [
        f"the peak is {room} voxel{'' if room == 1 else 's'} from the array's edge along axis {axis}"
        for axis, room in near_edges(examined)
    ]
    lost = pushed_out(examined)
    if lost > PUSHED_OUT:
        found.append(f"{lost:.1%} of the counts as read lie outside the box of the prepared data")
    if found:
        yield Finding(
            "truncated",
            f"{'; '.join(found).capitalize()}.",
            "Part of the pattern is missing, and the object will show ringing or be too large: crop less, or "
            "measure a longer scan with the peak in the middle.",
        )


def pushed_out(examined: Examined) -> float:
    """Return the fraction of the trusted counts as read that centring and cropping moved out of the box."""
    if not examined.measured:
        return 0.0
    raw, prepared = examined.raw, examined.prepared
    counts = (raw.counts * (raw.valid & ~examined.hot & ~examined.spikes)).clamp(min=0)
    box = []
    for at, n, factor, size in zip(prepared.origin, prepared.shape, prepared.factors, raw.shape, strict=True):
        first = round(at - (factor - 1) / 2)
        box.append(slice(min(max(first, 0), size), min(max(first + n * factor, 0), size)))
    total = float(counts.sum(dtype=torch.float64))
    return 1 - float(counts[tuple(box)].sum(dtype=torch.float64)) / total if total > 0 else 0.0


def off_centre(examined: Examined) -> Iterator[Finding]:
    """Find a peak of measured data away from the centre n//2."""
    if not examined.measured:
        return
    (peak, _), shape = examined.pattern.middle(), examined.pattern.shape
    away = [at - n // 2 for at, n in zip(peak, shape, strict=True)]
    far = [
        f"{by:+d} voxels along axis {axis}"
        for axis, (by, n) in enumerate(zip(away, shape, strict=True))
        if abs(by) > max(1, n / OFF_CENTRE)
    ]
    if far:
        yield Finding(
            "off-centre",
            f"The peak of the prepared data is off the centre by {', '.join(far)}.",
            "The object gets a phase ramp, and the fringes reach less far on one side. Add the step 'centre', before "
            "any crop.",
        )


def near_edges(examined: Examined) -> list[tuple[int, int]]:
    """Return (axis, voxels to the edge) if the peak as read is close to it; nothing if no data were read."""
    if not examined.measured:
        return []
    places = enumerate(zip(examined.sound.peak(), examined.sound.shape, strict=True))
    rooms = [(axis, min(at, n - 1 - at), n) for axis, (at, n) in places]
    return [(axis, room) for axis, room, n in rooms if ROOM * room <= n]


def bright_faces(measured: Measurement) -> list[tuple[int, bool, float]]:
    """Return (axis, last or first, fraction of the peak) of trusted planes at the edge that the pattern crosses.

    Uses means over 3 × 3 trusted voxels, so that no single count decides.
    """
    photons, found = measured.photons(), []
    peak = float(photons[measured.peak()])
    if not bool(measured.valid.any()):
        return []
    for axis, side in enumerate(fourier.bounding_box(measured.valid)):
        for last, plane in ((False, side.start), (True, side.stop - 1)):
            brightest = _brightest(photons.select(axis, plane), measured.valid.select(axis, plane))
            if brightest > CUT_OFF * peak:
                found.append((axis, last, brightest / peak))
    return found


def _brightest(photons: Tensor, valid: Tensor) -> float:
    """Return the highest mean over 3 trusted neighbours along each axis, minus the contribution of counting noise."""
    pool = torch.nn.functional.avg_pool2d if photons.ndim == 2 else torch.nn.functional.avg_pool1d
    size = 3**photons.ndim
    total, count = (size * pool(array[None, None], 3, 1, 1)[0, 0] for array in (photons * valid, valid.float()))
    return float(((total - NOISE * total.sqrt()) / count.clamp(min=size / 2)).max())


CHECKS = (oversampling, untrusted, truncated, off_centre)
