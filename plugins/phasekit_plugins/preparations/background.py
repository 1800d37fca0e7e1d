"""The background step."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor

from phasekit import Measurement, Preparation

SHELL = 16
"""Thickness of the outer shell that gives the background, relative to the array's length, on every side."""
SIGMAS = 5.0
"""Counts that exceed the mean by more than this, in Poisson standard deviations, are not background."""
ROUNDS = 10
"""How often these are excluded and the mean is recomputed; it converges after a few times."""


class Background(Preparation):
    """Subtracts a uniform background, and sets small remaining counts to zero, as beamlines do.

    Estimated, the background is the mean count of the trusted voxels in the outer sixteenth of the array, those
    above five standard deviations excluded. Noise below zero stays: its mean is right, and amplitudes take 0 there.
    """

    name: Literal["background"] = "background"
    subtract: Literal["estimated"] | Annotated[float, Field(ge=0)] = Field(
        "estimated", description="Counts per voxel to subtract; estimated: from the array's outer shell."
    )
    below: float = Field(0.0, ge=0, description="Remaining counts below which a voxel becomes zero; 0 for none.")

    def apply(self, measured: Measurement) -> Measurement:
        """Subtract, then threshold."""
        estimated = isinstance(self.subtract, str)
        level = self._estimate(measured) if isinstance(self.subtract, str) else self.subtract
        left = measured.counts - level
        small = (left != 0) & (left < self.below) if self.below else torch.zeros_like(measured.valid)
        left = left.masked_fill(small, 0)
        before, after = (float((c * measured.valid).sum(dtype=torch.float64)) for c in (measured.counts, left))
        sentence = f"background: {level:.4g} counts per voxel ({'estimated' if estimated else 'given'}) subtracted"
        if self.below:
            sentence += f", {int((small & measured.valid).sum())} voxels below {self.below:g} set to zero"
        removed = (before - after) / before if before else 0.0
        return replace(measured, counts=left).done(f"{sentence}; {removed:.2%} of the counts removed")

    @staticmethod
    def _estimate(measured: Measurement) -> float:
        """Return the mean count of the outer shell without bright voxels; 0 if none of it is trusted."""
        shell = measured.valid.clone()
        shell[tuple(slice(-(-n // SHELL), n - -(-n // SHELL)) for n in measured.shape)] = False
        counts: Tensor = measured.counts[shell].double()
        mean = float(counts.median()) if len(counts) else 0.0
        low = counts[counts < mean] - mean  # of noise, not of photons, half lies below
        noise = float(low.square().mean()) if bool((counts < 0).any()) else 0.0
        for _ in range(ROUNDS):
            kept = counts[counts <= mean + SIGMAS * max(max(mean, 0.0) + 1, noise) ** 0.5]
            mean = float(kept.mean()) if len(kept) else 0.0
        return mean
