"""The dark-frame step."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field

from phasekit import InputError, Measurement, Preparation


class Dark(Preparation):
    """Subtracts the detector's counts without beam; negative results become zero."""

    name: Literal["dark"] = "dark"
    hot: float = Field(10.0, gt=0, description="Dark counts per frame above which a pixel is hot and thus untrusted.")

    def apply(self, measured: Measurement) -> Measurement:
        """Subtract the dark frame that the source read; raises InputError if there is none."""
        if measured.dark is None:
            raise InputError("the step dark has no dark frame; name one in the source, or remove the step")
        hot = ~(measured.dark <= self.hot)  # NaN is hot too
        dark = measured.dark.masked_fill(hot, 0).clamp(min=0)
        cleaned = replace(measured, counts=(measured.counts - dark).clamp(min=0), dark=None).untrusting(hot)
        return cleaned.done(
            f"dark: {float(dark.mean()):.3g} counts per voxel subtracted; {int(hot.sum())} pixels with more than "
            f"{self.hot:g} left untrusted"
        )
