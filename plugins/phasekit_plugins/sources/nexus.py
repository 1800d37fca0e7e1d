"""The NeXus source: scans written by BLISS at the ESRF."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from phasekit import InputError, InputFile
from phasekit.reading.array_source import ArraySource
from phasekit.reading.arrays import Arrays
from phasekit.reading.bliss import BlissScan, bliss_scan
from phasekit.reading.hdf5 import opened_hdf5
from phasekit.reading.rocking_positions import Points, scan_line
from phasekit.reading.stored import Stored
from phasekit.reading.tiff import DarkFile, FlatFieldFile, ValidFile, read_image
from phasekit.reading.units import ANGLE, ENERGY, LENGTH, PIXELS
from phasekit.runtime import constants

from ..geometries.instruments import BeamlineName, Instrument, instrument

ENERGIES = ("instrument/positioners/mononrj", "instrument/monochromator/energy")
WAVELENGTH = "instrument/monochromator/WaveLength"
DRIFT = 1e-3
"""Degrees or keV by which an axis may move during another's scan without a note."""


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


class Nexus(ArraySource):
    """Reads a rocking curve or energy scan from a BLISS HDF5 file of ESRF ID01, or of a similar beamline.

    The file gives angles, energy, the scanned axis with its step, and, if available, distance, pixel size
    and the pixel of the direct beam with the detector at zero, to which the angles belong. A frame
    that is unreadable is untrusted.
    """

    name: Literal["nexus"] = "nexus"
    path: InputFile = Field(description="The file; it may link to the detector's own files.")
    scan: Annotated[str, Field(min_length=1), BeforeValidator(_text, json_schema_input_type=str | float)] | None = (
        Field(None, description="The scan: 1.1, or sample_0001_1.1; by default the only one.")
    )
    detector: str | None = Field(
        None, min_length=1, description="The detector: mpx1x4, eiger2M …; by default the only one with frames."
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
    beamline: BeamlineName = Field(
        "ID01", description="Definition of the circles: a packaged beamline, or your own YAML file."
    )
    valid: ValidFile = None
    flat_field: FlatFieldFile = None
    dark: DarkFile = None

    def arrays(self) -> Arrays:
        """Read the scan and its geometry."""
        with opened_hdf5(self.path) as file:
            return self._arrays(bliss_scan(file, self.scan))

    def _arrays(self, scan: BlissScan) -> Arrays:
        """Read the frames with a position, their other data and their corrections."""
        circles = instrument(self.beamline)
        detector, axes = scan.detector(self.detector), _axes(scan, circles)
        rocking = self._rocking(scan, axes, circles)
        counts = scan.frames(detector)
        first, last = self._range(scan.place, len(counts.array), rocking, axes[rocking].size)
        positions = axes[rocking][first:last]
        line = scan_line(positions, f"{scan.place}: {rocking}", [f"frame {k}" for k in range(first, last)])
        calibration, notes = _calibration(scan, detector)
        standing = {**{name: float(np.mean(at)) for name, at in axes.items()}, rocking: line.start}
        stated = {"energy_kev": standing.pop("energy")} if "energy" in standing else {}
        scanned = {"step_ev": line.step * 1e3} if rocking == "energy" else {"step_deg": line.step}
        pictures = (None if path is None else read_image(path) for path in (self.valid, self.flat_field, self.dark))
        valid, flat_field, dark = pictures
        return Arrays(
            counts.part(first, last),
            valid=valid,
            flat_field=flat_field,
            dark=dark,
            monitor=None if self.monitor is None else scan.counter(self.monitor).part(first, last),
            positions=Stored(f"{scan.place}: {rocking}", positions),
            geometry={
                "beamline": self.beamline,
                "angles_deg": standing,
                "rocking": rocking,
                **calibration,
                **stated,
                **scanned,
            },
            notes=(*notes, *line.notes(rocking), *_drifts(scan, axes, rocking)),
        )

    def _rocking(self, scan: BlissScan, axes: Mapping[str, np.ndarray], circles: Instrument) -> str:
        """Return the axis with one position per frame; raises InputError if there is none, or several."""
        known = [name for name in (*(circle.name for circle in circles.sample_circles), "energy") if name in axes]
        moved = [name for name in known if axes[name].size > 1]
        if self.rocking is not None:
            moved = [name for name in moved if name == self.rocking]
        elif len(moved) > 1:
            moved = [name for name in moved if name in scan.title.split()] or moved
        if len(moved) == 1:
            return moved[0]
        wanted = f"'{self.rocking}' has no" if self.rocking else "no axis has one" if not moved else ""
        what = f"{wanted} position per frame" if wanted else f"{' and '.join(moved)} have a position per frame"
        raise InputError(
            f"{scan.place} ({scan.title}): {what}, of the known axes ({', '.join(known) or 'none'}); say with "
            "rocking which axis was scanned",
            "source.rocking",
        )

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


def _calibration(scan: BlissScan, detector: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the available ones of distance, pixel size and pixel of the direct beam, and notes."""
    part = f"instrument/{detector}"
    distance = scan.one(f"{part}/distance", LENGTH)
    row, column = (scan.one(f"{part}/{axis}_pixel_size", LENGTH) for axis in "yx")
    y, x = (scan.one(f"{part}/beam_center_{axis}", PIXELS) for axis in "yx")
    found: dict[str, Any] = {"angles_at": (0, y, x)}
    if distance is not None:
        found["distance_m"] = distance
    if row is not None and column is not None:
        found["pixel_um"] = (row * 1e6, column * 1e6)
    if y is None or x is None:
        return found, (
            f"{scan.place} does not give the pixel of the direct beam: the detector's angles are assumed to "
            "belong to the centre of the prepared array (angles_at)",
        )
    return found, ()


def _drifts(scan: BlissScan, axes: Mapping[str, np.ndarray], rocking: str) -> list[str]:
    """Note the axes that moved during another's scan."""
    return [
        f"{scan.place}: {name} moved by {float(np.ptp(at)):.3g} during the scan of {rocking}; its mean is used"
        for name, at in axes.items()
        if name != rocking and float(np.ptp(at)) > DRIFT
    ]
