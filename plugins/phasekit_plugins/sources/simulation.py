"""The simulation."""

from __future__ import annotations

import math
from typing import Annotated, Literal, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor

from phasekit import Generator, Geometry, InputError, Problem, Source, fourier
from phasekit.core.grid import laboratory_grid
from phasekit.runtime.device import memory_available

from ..generators.crystal import Crystal
from ..geometries.far_field import FarField

HOT = 10.0
"""Counts of a hot pixel, relative to the brightest voxel."""

BYTES_PER_VOXEL = 72
"""Measured peak memory during the creation of a problem."""


class Simulation(Source):
    """Simulates an object and its measurement, with photon noise, background, and detector faults.

    Gap, hot and dead pixels are detector pixels, the last two axes, the same in all frames of 3-D data.
    The same seed gives the same object and the same noise, whatever the faults.
    """

    name: Literal["simulation"] = "simulation"
    generator: Generator = Field(default_factory=Crystal, description="What makes the object.")
    shape: tuple[Annotated[int, Field(ge=8, le=4096)], ...] = Field(
        (64, 64, 64),
        min_length=2,
        max_length=3,
        description="Shape of the data and of the object: 2-D or 3-D.",
    )
    seed: int = Field(0, ge=0, le=2**31, description="Seed of the object and the noise.")
    photons: float | None = Field(
        None,
        gt=0,
        le=1e12,
        description="Expected counts in the brightest voxel, with Poisson noise; none gives exact "
        "intensities of an object of modulus 1, without noise.",
    )
    radius_nm: float | None = Field(
        None,
        gt=0,
        description="Length of the generator's unit, nm; by default the radius of the largest ball in "
        "half of the array. Needs a geometry with true lengths.",
    )
    background: float = Field(0.0, ge=0, description="Expected counts in every voxel, in addition to the object's.")
    coherence: float = Field(
        0.0, ge=0, le=8, description="Standard deviation of the Gaussian that blurs the intensity, voxels; 0 for none."
    )
    frames: int | None = Field(
        None, ge=1, description="Measured frames of 3-D data, about the peak; the others are untrusted."
    )
    gap_width: int = Field(0, ge=0, description="Width of a gap in the detector, pixels; untrusted. 0 for no gap.")
    gap_axis: Literal["row", "column"] = Field("column", description="Whether the gap consists of rows or columns.")
    gap_offset: int | None = Field(
        None,
        description="Start of the gap, pixels from the detector's centre; by default n//8.",
    )
    hot_pixels: int = Field(0, ge=0, description="Pixels with ten times the counts of the brightest voxel.")
    hot_known: bool = Field(True, description="Whether the hot pixels are known, and thus untrusted.")
    dead_pixels: int = Field(0, ge=0, description="Pixels without counts; they are known, and thus untrusted.")
    beam_stop: float = Field(
        0.0,
        ge=0,
        description="Radius about zero frequency without measurement, voxels. 0 for no beam-stop.",
    )

    @model_validator(mode="after")
    def _faults_fit(self) -> Self:
        """Refuse faults that exceed the detector."""
        first, n = self._gap()
        if self.gap_width and not 0 <= first <= first + self.gap_width <= n:
            raise ValueError(
                f"the gap from pixel {first} to {first + self.gap_width} does not lie on a detector of {n} "
                f"{self.gap_axis}s; choose another gap_width or gap_offset"
            )
        pixels = self.shape[-2] * self.shape[-1]
        if self.hot_pixels + self.dead_pixels > pixels // 2:
            raise ValueError(
                f"{self.hot_pixels} hot and {self.dead_pixels} dead pixels are more than half of the "
                f"{pixels} in all; choose fewer"
            )
        return self

    def load(self, geometry: Geometry | None, rng: torch.Generator) -> Problem:
        """Draw an object and its counts from `rng`; |forward(truth)|² are the object's expected counts."""
        self._refuse_too_large()
        rng = torch.Generator().manual_seed(rng.initial_seed() + self.seed)
        geometry = (geometry or FarField()).for_data(len(self.shape))
        truth = self.generator.sample(self._grid(geometry), 1, rng)[0]
        expected = geometry.forward(truth).abs().square()
        brightest = float(expected.max())
        if not 0 < brightest < float("inf"):
            raise InputError(f"the generator '{self.generator.name}' made an empty object; check its options")
        expected = fourier.smooth(expected, self.coherence, len(self.shape)).clamp(min=0)
        counts = expected + self.background
        if self.photons is not None:
            scale = self.photons / brightest
            truth, brightest = truth * scale**0.5, self.photons
            # Drawn in double precision: single cannot hold odd counts above 2^24.
            counts = torch.poisson(expected.double() * scale + self.background, generator=rng).to(counts.dtype)
        hot, unmeasured = self._faults(rng)
        counts = torch.where(hot, HOT * brightest, counts).masked_fill(unmeasured, 0)
        valid = ~unmeasured & ~hot if self.hot_known else ~unmeasured
        return Problem.measured(counts, geometry, valid, truth=truth, notes=self._notes(valid))

    def _grid(self, geometry: Geometry) -> Tensor:
        """Return the voxel positions in the laboratory, for the generator."""
        if self.radius_nm is None:
            return laboratory_grid(geometry, self.shape)
        if not geometry.calibrated():
            raise InputError(f"radius_nm needs true lengths, but the geometry '{geometry.name}' lacks numbers for them")
        return laboratory_grid(geometry, self.shape, self.radius_nm * 1e-9)

    def _refuse_too_large(self) -> None:
        needed, room = BYTES_PER_VOXEL * math.prod(self.shape), memory_available(torch.device("cpu"))
        if needed > room:
            raise InputError(
                f"to simulate {' × '.join(map(str, self.shape))} voxels takes about {needed / 2**30:.1f} GiB, but "
                f"{room / 2**30:.1f} GiB are free; choose a smaller shape"
            )

    def _gap(self) -> tuple[int, int]:
        """Return the first pixel of the gap, counted from the edge, and the pixels along its axis."""
        n = self.shape[-2] if self.gap_axis == "row" else self.shape[-1]
        return n // 2 + (n // 8 if self.gap_offset is None else self.gap_offset), n

    def _faults(self, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return (*detector) bool twice, zero frequency first: the hot voxels, and those not measured."""
        frame = self.shape[-2:]
        order = torch.randperm(frame[0] * frame[1], generator=rng)
        hot, dead = torch.zeros(2, frame[0] * frame[1], dtype=torch.bool)
        hot[order[: self.hot_pixels]] = True
        dead[order[self.hot_pixels : self.hot_pixels + self.dead_pixels]] = True
        hot, dead = hot.reshape(frame), dead.reshape(frame)
        gap = torch.zeros(frame, dtype=torch.bool)
        gap.narrow(0 if self.gap_axis == "row" else 1, self._gap()[0] if self.gap_width else 0, self.gap_width)[:] = (
            True
        )
        unmeasured = fourier.uncentred(dead | gap, 2)
        radius: Tensor = torch.zeros(self.shape)
        for freq, n in zip(fourier.frequencies(self.shape, radius), self.shape, strict=True):
            radius = radius + (freq * n) ** 2
        stopped = radius < self.beam_stop**2
        unmeasured = unmeasured | stopped
        if self.frames is not None and len(self.shape) == 3:
            n = self.shape[0]
            beyond = torch.ones(n, dtype=torch.bool)
            first = max(n // 2 - self.frames // 2, 0)
            beyond[first : first + self.frames] = False
            unmeasured = unmeasured | fourier.uncentred(beyond, 1)[:, None, None]
        return fourier.uncentred(hot, 2) & ~unmeasured, unmeasured

    def _notes(self, valid: Tensor) -> tuple[str, ...]:
        """Return sentences on what was simulated."""
        noise = (
            "without noise" if self.photons is None else f"with {self.photons:g} counts expected in the brightest voxel"
        )
        faults = [
            f"a gap of {self.gap_width} {self.gap_axis}s" if self.gap_width else "",
            f"{self.hot_pixels} hot pixels" + ("" if self.hot_known else " that are trusted")
            if self.hot_pixels
            else "",
            f"{self.dead_pixels} dead pixels" if self.dead_pixels else "",
            f"a beam-stop of radius {self.beam_stop:g}" if self.beam_stop else "",
            f"a background of {self.background:g} counts" if self.background else "",
            f"a blur of {self.coherence:g} voxels" if self.coherence else "",
            f"{self.frames} frames of {self.shape[0]}" if self.frames is not None else "",
        ]
        besides = ", ".join(fault for fault in faults if fault)
        made = f"simulated from the generator '{self.generator.name}' {noise}{': ' + besides if besides else ''}"
        return (made, f"{float(valid.double().mean()):.2%} of the voxels are trusted")
