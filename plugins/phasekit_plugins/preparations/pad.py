"""The padding step."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from phasekit import InputError, Measurement, Preparation, fourier
from phasekit.reading.per_axis import Positive, per_axis


class Pad(Preparation):
    """Surrounds the data with untrusted voxels, to a given shape or the next one that transforms fast."""

    name: Literal["pad"] = "pad"
    shape: Literal["fast"] | tuple[Positive, ...] = Field(
        "fast", description="Shape to reach; fast: the next even lengths without prime factors above 7."
    )

    def apply(self, measured: Measurement) -> Measurement:
        """Pad; raises InputError for a shape smaller than the data."""
        shape = measured.shape
        if self.shape == "fast":
            wanted = tuple(fourier.fast_length(n) for n in shape)
        else:
            wanted = per_axis("pad", self.shape, len(shape))
        if any(m < n for m, n in zip(wanted, shape, strict=True)):
            raise InputError(f"pad {wanted} is smaller than the data, {shape}; use the steps 'crop' or 'bin'")
        padded = measured.window([n // 2 for n in shape], wanted)
        return padded.done(f"pad: {shape} to {wanted} with untrusted voxels")
