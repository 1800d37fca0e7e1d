"""ArraySource: sources that read arrays. A subclass says how to read them; the rest is here."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

import torch
from pydantic import Field

from phasekit import Geometry, InputError, Problem, Source, fourier

from ..geometries.far_field import FarField
from .arrays import Arrays
from .measurement import Measurement
from .truth import placed_truth

Positive = Annotated[int, Field(ge=1, le=1_000_000)]
Index = Annotated[int, Field(ge=0, le=1_000_000)]


class ArraySource(Source):
    """Reads counts and makes them ready: trust, flat field, monitor, centre, crop, bin, pad."""

    valid_means: Literal["good", "bad"] = Field(
        "good",
        description="What a nonzero value of the valid mask says of its voxel: good, trust it; bad, do not.",
    )
    centre: Literal["peak", "none"] | tuple[Index, ...] = Field(
        "peak",
        description="The voxel that becomes the centre (zero frequency): the peak, none (the array's own "
        "centre n//2), or an index. Voxels from outside the array are untrusted.",
    )
    crop: tuple[Positive, ...] | None = Field(
        None, description="Shape to cut out about the centre, in voxels of the file; none keeps the whole."
    )
    bin: tuple[Positive, ...] | None = Field(
        None, description="Voxels per axis whose counts are summed into one, after cropping."
    )
    shape: Literal["fast"] | tuple[Positive, ...] | None = Field(
        None,
        description="Shape to pad to with untrusted voxels, after binning; fast takes the next one that "
        "transforms fast.",
    )
    truth_sign: Literal["+", "-"] | None = Field(
        None,
        description="Sign in the Fourier transform that the truth was made with; - conjugates it. By default "
        "what the file states, else +.",
    )
    truth_start: tuple[Index, ...] | None = Field(
        None,
        description="Index of the array where a smaller truth begins; by default its attribute 'start'.",
    )

    @abstractmethod
    def arrays(self) -> Arrays:
        """Read the arrays; raises `phasekit.InputError` with a sentence where that fails."""

    def load(self, geometry: Geometry | None, rng: torch.Generator) -> Problem:
        """Read the arrays and make the problem; far-field without true lengths where no geometry is given."""
        arrays = self.arrays()
        raw = arrays.measurement(self.valid_means).without_strange_counts()
        whole, centre = raw.shape, self._centre(raw)
        measured = self._padded(self._cut(raw, centre))
        truth = None
        if arrays.truth is not None:
            if measured.shape != whole:
                raise InputError(
                    f"the truth belongs to the whole array, {whole}, and the data became {measured.shape}; "
                    "leave out crop, bin and shape, or the truth"
                )
            truth = placed_truth(arrays.truth, whole, self.truth_start, self.truth_sign, centre)
        ndim, sensitivity = len(whole), measured.sensitivity
        return Problem.measured(
            fourier.uncentred(measured.photons(), ndim),
            geometry or FarField(),
            fourier.uncentred(measured.valid, ndim),
            truth=truth,
            sensitivity=None if sensitivity is None else fourier.uncentred(sensitivity, ndim),
            notes=(*measured.notes, *self._about(raw, centre, measured)),
        )

    def _about(self, raw: Measurement, centre: tuple[int, ...], measured: Measurement) -> Iterator[str]:
        """Say where the peak is, how much is trusted, and whether the sampling is too coarse."""
        peak = raw.peak()
        yield f"the peak is at index {peak} of the file's array {raw.shape}; voxel {centre} became the centre"
        for axis, (place, n) in enumerate(zip(peak, raw.shape, strict=True)):
            room = min(place, n - 1 - place)
            if room <= n // 8:
                yield (
                    f"the peak is {room} voxel{'' if room == 1 else 's'} from the array's edge along axis "
                    f"{axis}: a good part of the pattern was not measured, and the object may come out wrong"
                )
        yield f"{float(measured.valid.double().mean()):.2%} of the voxels are trusted"
        # Told from the array as it was read: zeros from outside it would blur the autocorrelation, and binned
        # data would fold it. Cropping and padding change nothing, binning divides.
        fine = Problem.measured(raw.photons(), FarField(), raw.valid).oversampling()
        ratios = [ratio / factor for ratio, factor in zip(fine, self.bin or (1,) * len(fine), strict=True)]
        low = [f"{ratio:.2f} along axis {axis}" for axis, ratio in enumerate(ratios) if ratio < 2]
        if low:
            yield (
                f"the oversampling is at most about {', '.join(low)}, and below 2 the object cannot be found: "
                "bin less, or measure with finer steps, farther away, or a smaller sample"
            )

    def _centre(self, raw: Measurement) -> tuple[int, ...]:
        """Return the voxel to centre on."""
        shape = raw.shape
        if self.centre == "none":
            return tuple(n // 2 for n in shape)
        given = None if self.centre == "peak" else self._per_axis("centre", self.centre, len(shape))
        centre = given or raw.peak()
        if any(c >= n for c, n in zip(centre, shape, strict=True)):
            raise InputError(f"centre {centre} lies outside the data, which have shape {shape}")
        return centre

    def _cut(self, raw: Measurement, centre: tuple[int, ...]) -> Measurement:
        """Crop about the centre, then bin."""
        shape = raw.shape
        crop = self._per_axis("crop", self.crop, len(shape)) or shape
        if any(wanted > n for wanted, n in zip(crop, shape, strict=True)):
            raise InputError(f"crop {crop} is larger than the data, {shape}; pad with the option 'shape' instead")
        factors = self._per_axis("bin", self.bin, len(shape))
        measured = raw.window(centre, crop)
        return measured.binned(factors) if factors else measured

    def _padded(self, measured: Measurement) -> Measurement:
        shape = measured.shape
        if self.shape is None:
            return measured
        if self.shape == "fast":
            wanted = tuple(fourier.fast_length(n) for n in shape)
        else:
            wanted = self._per_axis("shape", self.shape, len(shape)) or shape
        if any(m < n for m, n in zip(wanted, shape, strict=True)):
            raise InputError(f"shape {wanted} is smaller than the data, {shape}, and only pads; use 'crop' or 'bin'")
        return measured.window([n // 2 for n in shape], wanted)

    @staticmethod
    def _per_axis(name: str, given: Sequence[int] | None, ndim: int) -> tuple[int, ...] | None:
        if given is not None and len(given) != ndim:
            raise InputError(
                f"{name} {tuple(given)} has {len(given)} numbers, the data have {ndim} axes; give one each"
            )
        return None if given is None else tuple(given)
