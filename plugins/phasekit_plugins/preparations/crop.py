"""The cropping step."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from phasekit import InputError, Measurement, Preparation

from .per_axis import Positive, per_axis


class Crop(Preparation):
    """Cuts a smaller array out about the centre n//2."""

    name: Literal["crop"] = "crop"
    shape: tuple[Positive, ...] = Field((64, 64, 64), description="Shape to keep, in voxels as they are by then.")

    def apply(self, measured: Measurement) -> Measurement:
        """Cut; raises InputError for a shape larger than the data."""
        shape = measured.shape
        wanted = per_axis("crop", self.shape, len(shape))
        if any(m > n for m, n in zip(wanted, shape, strict=True)):
            raise InputError(f"crop {wanted} is larger than the data, {shape}; pad with the step 'pad' instead")
        kept = measured.window([n // 2 for n in shape], wanted)
        part = float(kept.counts.double().sum() / measured.counts.double().sum().clamp(min=1e-300))
        return kept.done(f"crop: {shape} to {wanted}, {part:.2%} of the counts kept")
