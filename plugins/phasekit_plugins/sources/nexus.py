"""The NeXus source: scans written by BLISS at the ESRF."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from phasekit import InputError, InputFile
from phasekit.reading.array_source import ArraySource
from phasekit.reading.arrays import Arrays
from phasekit.reading.bliss import BlissScan, bliss_scan
from phasekit.reading.detector import AnyDetectorName
from phasekit.reading.detector import detector as detector_named
from phasekit.reading.hdf5 import opened_hdf5
from phasekit.reading.moving_together import motion
from phasekit.reading.rocking_positions import Points
from phasekit.reading.roi import RoiOption, cut, picture_of, refuse_roi, shifted, slices
from phasekit.reading.scan_command import scan_command
from phasekit.reading.scanned_axis import commanded, counter_of, scanned_axis
from phasekit.reading.stored import Stored
from phasekit.reading.tiff import DarkFile, FlatFieldFile, ValidFile, read_image
from phasekit.reading.units import ANGLE, ENERGY, LENGTH, PIXELS
from phasekit.runtime import constants

from ..geometries.instruments import BeamlineName, Instrument, instrument

ENERGIES = ("instrument/positioners/mononrj", "instrument/monochromator/energy")
ENERGY_NAMES = ("energy", "mononrj")
WAVELENGTH = "instrument/monochromator/WaveLength"


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


ScanName = Annotated[
    Annotated[str, Field(min_length=1)] | Annotated[float, Field(strict=True)],
    BeforeValidator(_text, json_schema_input_type=str | float),
]
"""A scan by its name, or by the number that YAML makes of it."""


class Nexus(ArraySource):
    """Reads a rocking curve or energy scan from a BLISS HDF5 file of ESRF ID01, or of a similar beamline.

    The file gives angles, energy, the scanned axis with its step, and, if available, distance, pixel size
    and the pixel of the direct beam with the detector at zero, to which the angles belong. A frame
    that is unreadable is untrusted.
    """

    name: Literal["nexus"] = "nexus"
    path: InputFile = Field(description="The file; it may link to the detector's own files.")
    scan: ScanName | None = Field(
        None,
        description='The scan: 1.1, or sample_0001_1.1; "1.10" needs the quotes, or it is the number 1.1. By default '
        "the only one.",
    )
    detector: AnyDetectorName | None = Field(
        None,
        description="The detector: mpx1x4, eiger2M …, by default the only one with frames; or your own YAML file, "
        "with this name in it.",
    )
    points: Points | None = Field(
        None, description="First frame of the scan to use, and the one after the last; by default all frames."
    )
    monitor: str | None = Field(
        None, min_length=1, description="Counter with the incident intensity, mon2 for example, for the step monitor."
    )
    rocking: str | None = Field(
        None, min_length=1, description="The scanned axis, a circle or energy; by default the one that moved."
    )
    positions: str | None = Field(
        None,
        min_length=1,
        description="Data set of the scan with the position of the scanned axis per frame: measurement/eta_center, for "
        "example, in a continuous scan. By default the axis's positioner, or its counter.",
    )
    beamline: BeamlineName = Field(
        "ID01", description="Definition of the circles: a packaged beamline, or your own YAML file."
    )
    valid: ValidFile = None
    flat_field: FlatFieldFile = None
    dark: DarkFile = None
    roi: RoiOption = None

    def arrays(self) -> Arrays:
        """Read the scan and its geometry."""
        refuse_roi(self.roi, None, self.order)
        with opened_hdf5(self.path) as file:
            return self._arrays(bliss_scan(file, self.scan))

    def _arrays(self, scan: BlissScan) -> Arrays:
        """Read the frames with a position, their other data and their corrections."""
        circles = instrument(self.beamline)
        detector = scan.detector(self._named(scan))
        rocking, axes, found = self._rocking(scan, _axes(scan, circles), circles)
        axes, others, unknown = _followers(scan, axes, rocking)
        shape = scan.shape(scan.frames_of(detector)) or ()
        picture = picture_of(shape, self.roi, f"{scan.place}: {detector}")
        first, last = self._range(scan.place, shape[0], rocking, axes[rocking].size)
        counts = scan.frames(detector, (slice(first, last), *(slices(self.roi) or map(slice, (0, 0), shape[1:]))))
        axes = {name: at[first:last] if at.shape == axes[rocking].shape else at for name, at in axes.items()}
        named = [f"frame {k}" for k in range(first, last)]
        moved = motion(f"{scan.place} ({scan.title})", axes, rocking, commanded(scan.title), named)
        calibration, unstated, doubts = _calibration(scan, detector)
        standing = {name: float(np.nanmean(at)) for name, at in axes.items()} | moved.starts
        stated = {"energy_kev": standing.pop("energy")} if "energy" in standing else {}
        calibration["angles_at"] = shifted(calibration["angles_at"], self.roi)
        pictures = (None if path is None else read_image(path) for path in (self.valid, self.flat_field, self.dark))
        valid, flat_field, dark = (cut(one, self.roi, picture) for one in pictures)
        return Arrays(
            counts.without(~moved.known, f"{scan.place} does not say where {' and '.join(moved.lines)} was"),
            valid=valid,
            flat_field=flat_field,
            dark=dark,
            detector=detector,
            region=self.roi,
            picture=picture,
            monitor=None if self.monitor is None else scan.counter(self.monitor).part(first, last),
            positions=Stored(f"{scan.place}: {moved.rocking}", axes[moved.rocking]),
            geometry={
                "beamline": self.beamline,
                "angles_deg": standing,
                **calibration,
                **stated,
                **moved.steps,
            },
            notes=(*unstated, *found, *others, *moved.notes, *_stopped(scan, shape[0])),
            doubt="; ".join((*doubts, *unknown)),
        )

    def _named(self, scan: BlissScan) -> str | None:
        """Return the detector's name in the scan; None if the recipe gives none, or a file that names another."""
        if not isinstance(self.detector, Path):
            return self.detector
        own = detector_named(self.detector)
        return next((name for name in scan.detectors() if own.is_called(name)), None)

    def _rocking(
        self, scan: BlissScan, axes: Mapping[str, np.ndarray], circles: Instrument
    ) -> tuple[str, Mapping[str, np.ndarray], tuple[str, ...]]:
        """Return the scanned axis, all axes with its position per frame, and a note on a counter that gives these."""
        known = [name for name in (*(circle.name for circle in circles.sample_circles), "energy") if name in axes]
        said = [name for name in known if name in commanded(scan.title)]
        axis = self.rocking or (said[0] if len(said) == 1 else None)
        if self.positions is not None:
            begun = [name for name in known if self.positions.rpartition("/")[2].split("_")[0] == name]
            axis = axis or (begun[0] if begun else None)
            if axis is None:
                raise InputError(
                    f"{scan.place} ({scan.title}): which axis has the positions {self.positions} is unknown; say it "
                    f"with rocking: {', '.join(known) or 'none is known'}",
                    "source.rocking",
                )
            return axis, {**axes, axis: scan.positions(self.positions, ENERGY if axis == "energy" else ANGLE)}, ()
        if axis is not None and axis in axes and axes[axis].size == 1:
            counter, others = counter_of(axis, scan.counters())
            if counter is not None:
                note = f"{scan.place}: the positions of {axis} are those of measurement/{counter}"
                name = f"measurement/{counter}"
                return axis, {**axes, axis: scan.positions(name, ENERGY if axis == "energy" else ANGLE)}, (note,)
            if others:
                options = " or ".join(f"positions: measurement/{name}" for name in others)
                raise InputError(
                    f"{scan.place} ({scan.title}) has one position of {axis}, and {len(others)} counters that may be "
                    f"its positions per frame; write {options}",
                    "source.positions",
                )
        return scanned_axis(scan.place, scan.title, axes, known, self.rocking), axes, ()

    def _range(self, place: str, frames: int, axis: str, positions: int) -> tuple[int, int]:
        """Return the first frame to use and the one after the last; raises InputError if they do not fit."""
        both = min(frames, positions)
        if self.points is None and frames != positions:
            raise InputError(
                f"{place} has {frames} frames and {positions} positions of {axis}; was it stopped? Select those that "
                f"belong together with points: [0, {both}]",
                "source.points",
            )
        first, last = self.points or (0, both)
        if last > both:
            raise InputError(f"{place} has {both} frames with positions; {last} is beyond that", "source.points")
        return first, last


def _axes(scan: BlissScan, circles: Instrument) -> dict[str, np.ndarray]:
    """Return the position of every circle, degrees, and the energy, keV, as `energy`: () or (points,)."""
    found: dict[str, np.ndarray] = {}
    for circle in (*circles.sample_circles, *circles.detector_circles):
        values = scan.values(f"instrument/positioners/{circle.name}", ANGLE)
        if values is not None:
            found[circle.name] = values
    for name in ENERGIES:
        values = scan.values(name, ENERGY)
        if values is not None:
            return {**found, "energy": values}
    wavelength = scan.values(WAVELENGTH, LENGTH)
    return found if wavelength is None else {**found, "energy": constants.HC_KEV_M / wavelength}


def _followers(
    scan: BlissScan, axes: Mapping[str, np.ndarray], rocking: str
) -> tuple[Mapping[str, np.ndarray], tuple[str, ...], tuple[str, ...]]:
    """Return the axes with the position per frame of others that are commanded, notes on these, and doubts.

    An axis whose positions are unknown is left out.
    """
    found, notes, doubts = dict(axes), list[str](), list[str]()
    command = scan_command(scan.title)
    others = [name for name in (command.axes if command else ()) if name != rocking and name not in ENERGY_NAMES]
    for name in others:
        if name not in axes:
            notes.append(f"{scan.place} ({scan.title}) moves {name}, too, which is no circle of sample or detector")
        elif axes[name].size == 1 and (counter := counter_of(name, scan.counters())[0]) is not None:
            found[name] = scan.positions(f"measurement/{counter}", ANGLE)
            notes.append(f"{scan.place}: the positions of {name} are those of measurement/{counter}")
        elif axes[name].size == 1:
            del found[name]
            doubts.append(
                f"{scan.place} ({scan.title}) moves {name} together with {rocking}, and has one position of it; give "
                f"in the recipe's geometry its step, as together_deg: {{{name}: …}}, and its angle at the first frame, "
                f"as angles_deg: {{{name}: …}}"
            )
    return found, tuple(notes), tuple(doubts)


def _calibration(scan: BlissScan, detector: str) -> tuple[dict[str, Any], tuple[str, ...], tuple[str, ...]]:
    """Return the available ones of distance, pixel size and pixel of the direct beam, notes and doubts."""
    part = f"instrument/{detector}"
    distance, doubts = scan.one(f"{part}/distance", LENGTH, "distance_m")
    row, row_doubts = scan.one(f"{part}/y_pixel_size", LENGTH, "pixel_um")
    column, column_doubts = scan.one(f"{part}/x_pixel_size", LENGTH, "pixel_um")
    y, y_doubts = scan.one(f"{part}/beam_center_y", PIXELS, "angles_at")
    x, x_doubts = scan.one(f"{part}/beam_center_x", PIXELS, "angles_at")
    found: dict[str, Any] = {"angles_at": (0, y, x)}
    if distance is not None:
        found["distance_m"] = distance
    if row is not None and column is not None:
        found["pixel_um"] = (row * 1e6, column * 1e6)
    doubts = (*doubts, *row_doubts, *column_doubts, *y_doubts, *x_doubts)
    if y is None or x is None:
        note = (
            f"{scan.place} does not give the pixel of the direct beam: the detector's angles are assumed to "
            "belong to the centre of the prepared array (angles_at)"
        )
        return found, (note,), doubts
    return found, (), doubts


def _stopped(scan: BlissScan, frames: int) -> tuple[str, ...]:
    """Return a note if the command has another number of points than there are frames."""
    command = scan_command(scan.title)
    if command is None or command.points == frames:
        return ()
    return (f"{scan.place} ({scan.title}) has {frames} frames for {command.points} points: was it stopped?",)
