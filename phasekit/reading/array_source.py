"""ArraySource: sources that read arrays. A subclass reads them; the rest is here."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from pydantic import Field, ValidationError

from phasekit.core.geometry import Geometry
from phasekit.core.measurement import Measurement
from phasekit.core.mistakes import listed
from phasekit.core.preparation import Preparation
from phasekit.core.problem import Problem
from phasekit.core.registry import registry
from phasekit.core.source import Source
from phasekit.numerics import fourier
from phasekit.reading import order
from phasekit.reading.arrays import Arrays
from phasekit.reading.detector import Detector, DetectorName, detector, known_detector
from phasekit.reading.pauses import without_pauses, without_wild
from phasekit.reading.per_axis import Index
from phasekit.reading.rocking_positions import line
from phasekit.reading.truth import placed_truth
from phasekit.runtime.errors import InputError

STEP_AGREES = 0.05
"""Largest difference of the positions' step from the geometry's, relative to it, without a note."""


class ArraySource(Source):
    """Reads counts and prepares them by a list of steps."""

    valid_means: Literal["good", "bad"] = Field(
        "good",
        description="Meaning of a nonzero value in the valid mask: good, trust the voxel; bad, do not.",
    )
    order: Literal["centred", "fft"] = Field(
        "centred",
        description="Where the arrays have zero frequency: centred, at n//2; fft, at index 0, as an FFT leaves it. "
        "Indices in options and messages are those after centring.",
    )
    prepare: tuple[Preparation, ...] | None = Field(
        None,
        description="The correction steps, in order; by default dark, flat-field and monitor if "
        "the source has them, then centre.",
    )
    detector: DetectorName | None = Field(
        None,
        description="The detector: the name of one that is known (34idcTIM2), or your own YAML file; by default as "
        "the data file says, if it does.",
    )
    truth_sign: Literal["+", "-"] | None = Field(
        None,
        description="Sign in the Fourier transform of the truth; - conjugates it. By default "
        "as stated in the file, else +.",
    )
    truth_start: tuple[Index, ...] | None = Field(
        None,
        description="Index of the array where a smaller truth begins; by default its attribute 'start'.",
    )

    @abstractmethod
    def arrays(self) -> Arrays:
        """Read the arrays; raises `phasekit.InputError` with a sentence on failure."""

    def raw(self) -> Measurement:
        """Return the file's contents, before any step."""
        return self._measurement(self.arrays())[0]

    def load(self, geometry: Geometry | None, rng: torch.Generator) -> Problem:
        """Read the arrays, prepare them and create the problem.

        The geometry is that of the file, overridden by `geometry`; far-field if neither gives one.
        """
        measured, arrays, read = self._prepared()
        truth = None
        if arrays.truth is not None:
            if measured.shape != read or any(factor != 1 for factor in measured.factors):
                raise InputError(
                    f"the truth covers the whole array, {read}, but the data became {measured.shape}; "
                    "remove crop, bin and pad, or the truth"
                )
            centre = [round(c) for c in measured.centre]
            truth = placed_truth(arrays.truth, read, self.truth_start, self.truth_sign, centre)
        ndim, sensitivity = len(read), measured.sensitivity
        windowed = self._windowed(arrays, geometry, measured)
        return Problem.measured(
            fourier.uncentred(measured.photons(), ndim),
            windowed,
            fourier.uncentred(measured.valid, ndim),
            truth=truth,
            sensitivity=None if sensitivity is None else fourier.uncentred(sensitivity, ndim),
            notes=(
                *measured.notes,
                *_unused(arrays, geometry),
                *_other_step(measured, windowed),
                f"{int(measured.valid.count_nonzero()) / measured.valid.numel():.2%} of the voxels are trusted",
            ),
            preparation=measured.steps,
            origin=measured.origin,
            factors=measured.factors,
            subtracted=True,
        )

    def _measurement(self, arrays: Arrays) -> tuple[Measurement, Arrays]:
        """Return the counts, one frame for each position, and the arrays with the geometry for them."""
        measured, arrays = self._completed(arrays)
        return without_pauses(without_wild(measured)), arrays

    def _completed(self, arrays: Arrays) -> tuple[Measurement, Arrays]:
        """Return the counts with zero frequency at n//2, noting where their order looks wrong.

        They are completed as their detector has it; returned, too, are the arrays with the geometry for this.
        """
        chosen = self._detector(arrays)
        if chosen is not None and arrays.bad_bits is None:
            arrays = replace(arrays, bad_bits=chosen.bad_bits)
        measured = arrays.measurement(self.valid_means)
        measured = order.checked(order.centred(measured) if self.order == "fft" else measured, self.order)
        if chosen is None:
            return measured, arrays
        stated = arrays.region if arrays.picture in (None, chosen.shape) else None
        try:
            region = chosen.region(measured.shape, stated, arrays.counts.place)
        except InputError:
            if chosen.seams or self.detector not in (None, arrays.detector):
                raise
            return measured.noted(_not_applied(chosen, measured.shape, arrays)), arrays
        geometry = dict(arrays.geometry)
        if geometry and chosen.pixel_um is not None:
            geometry.setdefault("pixel_um", chosen.pixel_um)
        if "angles_at" in geometry:
            frame, *pixel = geometry["angles_at"]
            moved = (at if at is None else chosen.moved(at, axis, region) for axis, at in enumerate(pixel))
            geometry["angles_at"] = (frame, *moved)
        return chosen.completed(measured, region), replace(arrays, geometry=geometry)

    def _detector(self, arrays: Arrays) -> Detector | None:
        """Return the detector of the recipe, or the one that the file names, if it is known."""
        if isinstance(self.detector, Path):
            return detector(self.detector)
        name = self.detector or arrays.detector
        return None if name is None else known_detector(name)

    def _prepared(self) -> tuple[Measurement, Arrays, tuple[int, ...]]:
        """Read, apply the steps one after the other, and note a correction that was read but not used.

        Returned are the data, what was read without its counts, and the shape before the steps. The data of one step
        are given up as soon as the next has made its own.
        """
        measured, arrays = self._measurement(self.arrays())
        shape, read = measured.shape, arrays.counts.array
        blank = np.broadcast_to(read.dtype.type(), read.shape)
        arrays = replace(arrays, counts=replace(arrays.counts, array=blank))
        del read
        steps, measured = self._steps(measured), measured.without_strange_counts()
        for place, step in enumerate(steps):
            try:
                measured = step.apply(measured)
            except InputError as error:
                error.place = error.place or f"source.prepare.{place}"
                raise
        unused = [name for name in ("dark", "flat_field", "monitor") if getattr(measured, name) is not None]
        notes = [f"{name} was read, but no step uses it: add '{name.replace('_', '-')}' to prepare" for name in unused]
        return measured.noted(*notes), arrays, shape

    def _steps(self, raw: Measurement) -> tuple[Preparation, ...]:
        """Return the steps of the recipe, or the default ones."""
        if self.prepare is not None:
            return self.prepare
        corrections = [(raw.dark, "dark"), (raw.flat_field, "flat-field"), (raw.monitor, "monitor")]
        names = [*(name for array, name in corrections if array is not None), "centre"]
        return tuple(Preparation.resolve(name) for name in names)

    def _windowed(self, arrays: Arrays, given: Geometry | None, measured: Measurement) -> Geometry:
        """Return the geometry of the prepared data; raises InputError, with the file's part in it, if it lacks any."""
        try:
            return self._geometry(arrays, given).windowed(measured.centre, measured.factors)
        except InputError as error:
            if not arrays.doubt:
                raise
            raise InputError(f"{arrays.doubt}; {error}", error.place) from None

    @staticmethod
    def _geometry(arrays: Arrays, given: Geometry | None) -> Geometry:
        """Return the file's geometry, overridden by the recipe; for one frame a far field."""
        options = dict(arrays.geometry)
        far_field, bragg = registry().find("geometry", "far-field"), registry().find("geometry", "bragg")
        kind = bragg
        own = {} if given is None else {key: getattr(given, key) for key in given.model_fields_set}
        if arrays.counts.array.ndim == 2 and (given is None or isinstance(given, far_field)):
            kind = far_field
            options = {key: options[key] for key in far_field.model_fields if key in options} | own
        elif not options or not (given is None or isinstance(given, bragg)):
            return given or Geometry.resolve("far-field")
        elif given is None and not {"beamline", "sample_circles"} & options.keys():
            raise InputError(
                f"{arrays.counts.place}: the file states {', '.join(options)} but no angles; say in the recipe what "
                "this is: geometry: {name: bragg, …} with the angles, or geometry: far-field for forward scattering",
                "geometry",
            )
        elif given is not None:
            circles = (*(own.get("sample_circles") or ()), *(own.get("detector_circles") or ()))
            standing = {circle.name: circle.angle_deg for circle in circles if circle.angle_deg is not None}
            angles = {**options.get("angles_deg", {}), **standing, **own.pop("angles_deg", {})}
            options |= {**own, "angles_deg": angles}
        options["name"] = kind.model_fields["name"].default
        try:
            return Geometry.resolve(options)
        except ValidationError as error:
            stated = f"the geometry that {arrays.counts.place} states cannot be used"
            raise InputError(f"{stated}: {listed(error, options)}", "geometry") from None


def _not_applied(known: Detector, shape: tuple[int, ...], arrays: Arrays) -> str:
    """Return a note on a known detector of which the frames are an unknown part."""
    return (
        f"{arrays.counts.place}: the detector '{arrays.detector}' is known, but a picture of it has {known.shape} "
        f"pixels and the frames have {shape[-2:]}, a part or binning that nothing states: its gaps, marks and "
        "saturation are not applied. Give a detector file of this part, with its shape, as detector: mine.yaml"
    )


def _unused(arrays: Arrays, given: Geometry | None) -> tuple[str, ...]:
    """Return a note on what the file states of the geometry and the recipe's geometry does not take from it."""
    if given is None or not arrays.geometry or given.name == "bragg":
        return ()
    left = [key for key in arrays.geometry if arrays.counts.array.ndim == 3 or key not in type(given).model_fields]
    shown = f"{arrays.counts.place}: the file states {', '.join(left)}"
    return (
        f"{shown}, which the geometry '{given.name}' does not take from it: give in the recipe what it needs",
    ) * bool(left)


def _other_step(measured: Measurement, geometry: Geometry) -> tuple[str, ...]:
    """Return a note if the positions have another step than the geometry."""
    degrees, ev = getattr(geometry, "step_deg", None), getattr(geometry, "step_ev", None)
    stated = degrees if degrees is not None else None if ev is None else ev * 1e-3
    if measured.positions is None or stated is None or int(measured.positions.isfinite().sum()) < 2:
        return ()
    step = line(measured.positions.numpy()).step
    if abs(step - stated) <= STEP_AGREES * abs(stated):
        return ()
    return (f"the positions have steps of {step:.4g}, the geometry of {stated:.4g} (degrees or keV): which is right?",)
