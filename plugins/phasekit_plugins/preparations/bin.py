"""The binning step."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from phasekit import Measurement, Preparation
from phasekit.reading.per_axis import Positive, per_axis


class Bin(Preparation):
    """Sums the counts of neighbouring voxels into one; pixel size and step of the geometry follow."""

    name: Literal["bin"] = "bin"
    factors: tuple[Positive, ...] = Field((1, 2, 2), description="Voxels per axis that are summed into one.")

    def apply(self, measured: Measurement) -> Measurement:
        """Sum; a block is trusted where all of it is."""
        factors = per_axis("bin", self.factors, len(measured.shape))
        binned = measured.binned(factors)
        return binned.done(f"bin: blocks of {factors} summed, {measured.shape} to {binned.shape}")
