"""The dark-frame step."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field

from phasekit import InputError, Measurement, Preparation

MEDIAN = 0.6745
"""Median deviation of Gaussian noise, in standard deviations."""
SIGMAS = 6.0
"""Standard deviations by which amplifiers and pixels differ: more are hot."""


class Dark(Preparation):
    """Subtracts the detector's counts without beam, its pedestal included.

    Noise below zero stays: its mean is right, and amplitudes take 0 there.
    """

    name: Literal["dark"] = "dark"
    hot: float = Field(
        10.0,
        gt=0,
        description="Dark counts per frame above which a pixel is hot and thus untrusted; over a pedestal, above the "
        "median of all pixels and six times their spread.",
    )

    def apply(self, measured: Measurement) -> Measurement:
        """Subtract the dark frame that the source read; raises InputError if there is none."""
        if measured.dark is None:
            raise InputError("the step dark has no dark frame; name one in the source, or remove the step")
        known = measured.dark[measured.dark.isfinite()]
        pedestal = float(known.median()) if len(known) else 0.0
        spread = float((known - pedestal).abs().median()) / MEDIAN if len(known) else 0.0
        usual = pedestal + SIGMAS * spread
        limit = self.hot if usual <= self.hot else usual + self.hot
        hot = ~(measured.dark <= limit)  # NaN is hot too
        dark = measured.dark.masked_fill(hot, 0)
        cleaned = replace(measured, counts=measured.counts - dark, dark=None).untrusting(hot)
        mean = float(dark[~hot].mean()) if bool((~hot).any()) else 0.0
        return cleaned.done(
            f"dark: {mean:.3g} counts per voxel subtracted; {int(hot.sum())} pixels with more than {limit:.3g} left "
            "untrusted"
        )
