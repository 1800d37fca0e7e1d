"""The cropping step."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field

from phasekit import InputError, Measurement, Preparation
from phasekit.reading.per_axis import Positive, per_axis


class Crop(Preparation):
    """Cuts out a smaller array about the centre n//2."""

    name: Literal["crop"] = "crop"
    shape: tuple[Positive, ...] = Field((64, 64, 64), description="Shape to keep, in voxels at this step.")

    def apply(self, measured: Measurement) -> Measurement:
        """Cut; raises InputError for a shape larger than the data."""
        shape = measured.shape
        wanted = per_axis("crop", self.shape, len(shape))
        if any(m > n for m, n in zip(wanted, shape, strict=True)):
            raise InputError(f"crop {wanted} is larger than the data, {shape}; pad with the step 'pad' instead")
        kept = measured.window([n // 2 for n in shape], wanted)
        inside, whole = (float((m.counts * m.valid).sum(dtype=torch.float64)) for m in (kept, measured))
        part = inside / whole if whole else 1.0
        return kept.done(f"crop: {shape} to {wanted}, {part:.2%} of the counts kept")
