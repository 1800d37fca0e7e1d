"""The hot-pixel step."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field

from phasekit import InputError, Measurement, Preparation
from phasekit.reading.per_axis import Index


class HotPixels(Preparation):
    """Marks hot and dead pixels and cosmic rays as untrusted: found by statistics, or listed.

    A pixel is hot if it counts far more than its neighbours in most frames, even away from the beam; the
    Bragg peak, which is broader than a pixel and appears in few frames, never qualifies.
    """

    name: Literal["hot-pixels"] = "hot-pixels"
    pixels: tuple[tuple[Index, Index], ...] = Field(
        (), description="Known hot pixels: [row, column] of the array as read."
    )
    statistics: bool = Field(
        True, description="Whether to search for others: hot and dead pixels, cosmic rays, blank blocks."
    )
    sigmas: float = Field(
        5.0, gt=0, description="Poisson standard deviations by which a hot pixel exceeds its neighbours, per frame."
    )

    def apply(self, measured: Measurement) -> Measurement:
        """Mark them as untrusted; raises InputError for a listed pixel outside the data."""
        rows, columns = measured.shape[-2:]
        listed = torch.zeros((rows, columns), dtype=torch.bool, device=measured.counts.device)
        axes = len(measured.shape) - 2, len(measured.shape) - 1
        for pixel in self.pixels:
            place = tuple(measured.span(axis, i, i + 1) for axis, i in zip(axes, pixel, strict=True))
            if not listed[place].numel():
                raise InputError(
                    f"hot-pixels: pixel {list(pixel)} lies outside the data, {measured.extent()}; give row and column "
                    "of the array as read"
                )
            listed[place] = True
        before = int(measured.valid.sum())
        measured = measured.untrusting(listed)
        words = [f"{int(listed.sum())} pixels listed"]
        if self.statistics:
            hot, rays = measured.hot_pixels(self.sigmas), measured.spikes()
            measured = measured.untrusting(hot).untrusting(rays)  # first: a dead pixel may have seen a cosmic ray
            dead, blank = measured.dead_pixels(), measured.blank_blocks()
            measured = measured.untrusting(dead).untrusting(blank)
            words += [f"{int(hot.sum())} hot pixels", f"{int(dead.sum())} dead pixels"]
            words += [f"{int(rays.sum())} voxels of cosmic rays", f"{int(blank.sum())} voxels of blank blocks"]
        lost = before - int(measured.valid.sum())
        return measured.done(f"hot-pixels: {', '.join(words)} found, {lost} voxels left untrusted")
