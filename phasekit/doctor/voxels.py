"""Findings about voxels: saturated, hot, dead, and too few counts in them."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from phasekit.core.measurement import Measurement
from phasekit.doctor.examined import Examined
from phasekit.doctor.finding import Finding
from phasekit.doctor.values import whole_numbers

LISTED = 6
"""Maximum number of pixels listed in a message."""

FEW = 100.0
"""Photons in the brightest voxel below which the fringes, a thousandth of it or less, have none."""


def saturation(examined: Examined) -> Iterator[Finding]:
    """Find a plateau of equal highest counts, or the maximum of a counter; read from a file, they are untrusted."""
    top, many, found = examined.saturated
    if examined.raw.clipped_at is not None:
        yield Finding(
            "saturation",
            f"{many} voxel{'s have' if many > 1 else ' has'} the same highest count, {top:.10g}, and "
            f"{'are' if many > 1 else 'is'} left untrusted.",
            "The detector was saturated there, and the peak is clipped. The solver fills these voxels in; next time "
            "use an absorber or shorter frames.",
        )
        return
    if found and bool(examined.still((examined.raw.counts == top) & examined.raw.valid).any()):
        yield Finding(
            "saturation",
            f"{many} trusted voxel{'s have' if many > 1 else ' has'} the same highest count, {top:.10g}.",
            "The detector was saturated there, and the peak is clipped. Mark these voxels as untrusted in the "
            "mask; next time use an absorber or shorter frames.",
        )


def hot_voxels(examined: Examined) -> Iterator[Finding]:
    """Find hot pixels and cosmic rays that are still trusted."""
    pixels, voxels = pixels_of(examined.still(examined.hot)), examined.still(examined.spikes)
    found = []
    if places := places_of(examined.raw, pixels):
        found.append(f"{len(places)} hot pixel{'s' * (len(places) > 1)}, as read at {shortened(places)}")
    if places := places_of(examined.raw, voxels):
        found.append(f"{len(places)} voxel{'s' * (len(places) > 1)} bright alone, as read at {shortened(places)}")
    if found:
        yield Finding(
            "hot-voxels",
            f"{' and '.join(found)}; all of them trusted.",
            "Add the step 'hot-pixels' before any binning; list what it misses in its option 'pixels' or in "
            "boxes of the step 'aliens'.",
        )


def dead_voxels(examined: Examined) -> Iterator[Finding]:
    """Find dead pixels and blank blocks that are still trusted."""
    pixels = pixels_of(examined.still(examined.dead))
    blocks = examined.still(examined.blank) & ~pixels
    found = []
    if places := places_of(examined.raw, pixels):
        found.append(f"{len(places)} dead pixel{'s' * (len(places) > 1)}, as read at {shortened(places)}")
    if places := places_of(examined.raw, blocks):
        found.append(f"{len(places)} voxels of blank blocks, as read from {places[0]} on")
    if found:
        yield Finding(
            "dead-voxels",
            f"{' and '.join(found)}; zero beside neighbours with counts, but trusted.",
            "A solver would fit the zeros. Add the step 'hot-pixels', which finds them, 'gaps' for the gaps of "
            "the detector, or a mask.",
        )


def few_counts(examined: Examined) -> Iterator[Finding]:
    """Find a peak that is too weak; data that were not counted, as of a simulation without noise, have no noise."""
    if examined.peak < FEW and whole_numbers(examined.raw if examined.measured else examined.prepared):
        total = float(examined.pattern.photons()[examined.pattern.valid].sum(dtype=torch.float64))
        yield Finding(
            "few-counts",
            f"The brightest voxel has {examined.peak:.3g} photons, the sum over all is {total:.3g}.",
            f"With fewer than {FEW:g} in the peak there are hardly any fringes to phase: count longer, or sum scans.",
        )


def pixels_of(voxels: Tensor) -> Tensor:
    """Return (rows, columns) bool: where any frame has one."""
    return voxels.reshape(-1, *voxels.shape[-2:]).any(dim=0)


def places_of(measured: Measurement, found: Tensor) -> list[list[int]]:
    """Return where `found` (*last axes) bool is true, as indices of the array as read."""
    return [list(measured.as_read(place)) for place in found.nonzero().tolist()]


def shortened(places: list[list[int]]) -> str:
    """List places, up to a limit."""
    more = f" and {len(places) - LISTED} more" if len(places) > LISTED else ""
    return ", ".join(map(str, places[:LISTED])) + more


CHECKS = (saturation, hot_voxels, dead_voxels, few_counts)
