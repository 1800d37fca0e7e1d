"""The source for scans of the beamline 34-ID-C of the Advanced Photon Source."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from phasekit import InputError, InputFile, InputPath
from phasekit.reading.array_source import ArraySource
from phasekit.reading.arrays import Arrays
from phasekit.reading.detector import Region, detector, known_detector
from phasekit.reading.moving_together import Motion, motion
from phasekit.reading.numbered_frames import frames_of
from phasekit.reading.per_axis import Index
from phasekit.reading.rocking_positions import Points
from phasekit.reading.spec import Column, SpecScan, read_spec
from phasekit.reading.stored import Stored
from phasekit.reading.tiff import read_image
from phasekit.reading.zip_archive import read_zipped

from ..geometries.instruments import packaged

DETECTOR = "#UIMDET"
"""The line of a scan's header with the name of the detector."""
PIXEL = 55.0
"""Pixel size of the beamline's detectors, µm."""
CHIP = 256
"""Pixels of a chip along a side."""
BEAMLINE = "34-ID-C"
SAVED = "#UIMR5"
"""The line of a scan's header with the saved region of the detector: first column, columns, first row, rows."""


class Aps34idc(ArraySource):
    """Reads a scan of APS 34-ID-C as written by the beamline: one TIFF file per frame and the SPEC file.

    The SPEC file gives angles, energy, distance, the rocking axis with its step, and the monitor. Frames belong to
    the points of the scan by the number in their names. An absent or damaged frame is untrusted.
    """

    name: Literal["aps-34idc"] = "aps-34idc"
    path: InputPath = Field(description="The folder with the frames, or that folder as a zip file.")
    spec: InputFile | None = Field(None, description="The SPEC file; by default the only *.spec in the folder.")
    scan: Index | None = Field(
        None, description="Number of the scan; by default that of the frames, if the folder has one scan."
    )
    points: Points | None = Field(
        None, description="First point of the scan to use, and the one after the last; by default all points."
    )
    first_number: Index = Field(0, description="Number in the file name of the first point's frame.")
    roi: tuple[Index, Index, Index, Index] | None = Field(
        None,
        description="Saved region of the detector: first row, row after the last, first column, column after the "
        "last; by default from SPEC. Flat field, dark and mask of the whole detector are cut to it.",
    )
    flat_field: InputFile | None = Field(
        None,
        description="Relative sensitivity (TIFF or numpy), the white field, for the step flat-field; by default "
        "whitefield.tif in the folder.",
    )
    dark: InputFile | None = Field(
        None, description="Counts without beam (TIFF or numpy); by default dark.tif in the folder."
    )
    valid: InputFile | None = Field(
        None, description="Mask of the detector (TIFF or numpy), in the sense of valid_means."
    )
    monitor: str | None = Field(
        "Monitor", min_length=1, description="Counter with the incident intensity, for the step monitor; null: none."
    )
    pixel_um: float | None = Field(
        None, gt=0, le=1000, description="Pixel size, µm; by default that of the detector's file, else 55."
    )

    def arrays(self) -> Arrays:
        """Read the frames of the scan, their corrections, and the geometry."""
        if self.path.is_dir():
            return self._read()
        return read_zipped(self.path, lambda folder: self.model_copy(update={"path": folder})._read())

    def _read(self) -> Arrays:
        """Read a folder."""
        frames = frames_of(self.path, self.scan, self.first_number)
        scan = read_spec(self._spec(), frames.scan)
        axis, axes, notes = _axes(scan)
        unfinished = scan.unfinished(axis)
        first, last = frames.points(self.points, scan.points, scan.place)
        axes = {name.lower(): at[first:last] for name, at in axes.items()}
        named = [frames.name(point) for point in range(first, last)]
        moved = motion(scan.place, axes, axis.lower(), [*axes], named)
        counts = frames.read(first, last).without(
            ~moved.known, f"{scan.place} does not say where {' and '.join(moved.lines)} was"
        )
        region = self._region(scan)
        monitor = None if self.monitor is None else scan.column(self.monitor)[first:last]
        return Arrays(
            counts,
            valid=self._part(self.valid, None, scan, counts),
            flat_field=self._part(self.flat_field, "whitefield.tif", scan, counts),
            dark=self._part(self.dark, "dark.tif", scan, counts),
            monitor=None if monitor is None else Stored(f"{scan.place}: {self.monitor}", monitor),
            positions=Stored(f"{scan.place}: {moved.rocking}", axes[moved.rocking]),
            geometry=self._geometry_of(scan, moved),
            detector=_detector_of(scan),
            region=region,
            notes=(*scan.notes, *unfinished, *notes, *moved.notes, *self._seam_unknown(scan, counts, region)),
            doubt=scan.doubt,
        )

    def _region(self, scan: SpecScan) -> Region | None:
        """Return the saved region of the detector, from `roi`, else from SPEC; None if neither says."""
        if self.roi is not None:
            return self.roi
        found = scan.numbers(SAVED, 4)
        return None if found is None else (found[2], found[2] + found[3], found[0], found[0] + found[1])

    def _seam_unknown(self, scan: SpecScan, counts: Stored, region: Region | None) -> list[str]:
        """Return a note if nothing says which detector it is, and the frames may cross the seam of TIM2."""
        named = _detector_of(scan)
        ends = (*counts.array.shape[1:], *(region or ())[1::2])
        if self.detector is not None or max(ends) <= CHIP or (named is not None and known_detector(named)):
            return []
        what = f"{scan.place} names no detector" if named is None else f"the detector '{named}' has no detector file"
        return [f"{what}: if it is TIM2, whose pictures lack rows and columns at pixel 256, give detector: 34idcTIM2"]

    def _spec(self) -> Path:
        """Return the SPEC file; raises InputError if the folder has none, or several."""
        there = sorted(file for file in self.path.glob("*.spec") if not file.name.startswith("."))
        if self.spec is None and len(there) != 1:
            listed = f"{len(there)} *.spec files ({', '.join(file.name for file in there)})"
            found = f"{listed}; name the right one" if there else "no *.spec file; copy it there, or name it"
            raise InputError(f"{self.path} has {found} with the option spec", "source.spec")
        return self.spec or there[0]

    def _geometry_of(self, scan: SpecScan, moved: Motion) -> dict[str, Any]:
        """Return the options of `bragg` in the scan's header, with the steps of the axes that move."""
        standing = {name.lower(): at for name, at in scan.motors.items()} | moved.starts
        stated = {"energy_kev": standing.get("energy", 0.0), "distance_m": standing.get("camdist", 0.0) * 1e-3}
        return {
            "beamline": BEAMLINE,
            "angles_deg": {name: standing[name] for name in (*_sample(), *_detector()) if name in standing},
            **{key: value for key, value in stated.items() if value > 0},
            "pixel_um": self._pixel(scan),
            "angles_at": (0, None, None),
            **moved.steps,
        }

    def _pixel(self, scan: SpecScan) -> float | tuple[float, float]:
        """Return the pixel size of the recipe, else that of the detector's file, else the usual one."""
        named = _detector_of(scan)
        own = None if named is None else known_detector(named)
        own = own if self.detector is None else detector(self.detector)
        return self.pixel_um or (own and own.pixel_um) or PIXEL

    def _part(self, given: Path | None, usual: str | None, scan: SpecScan, counts: Stored) -> Stored | None:
        """Read a picture of the detector and cut it to the saved region; raises InputError if it is smaller."""
        path = given or (self.path / usual if usual and (self.path / usual).is_file() else None)
        if path is None:
            return None
        stored, shape = read_image(path), counts.array.shape[1:]
        if stored.array.ndim not in (2, 3) or stored.array.shape[-2:] == shape:
            return stored
        top, bottom, left, right = self._saved(scan, shape, stored)
        if stored.array.shape[-2] < bottom or stored.array.shape[-1] < right:
            raise InputError(
                f"{path} has shape {stored.array.shape}, and rows {top} to {bottom}, columns {left} to {right} of the "
                "detector were saved; name a picture of the whole detector, or of exactly this region",
                "source",
            )
        return replace(stored, array=stored.array[..., top:bottom, left:right])

    def _saved(self, scan: SpecScan, shape: tuple[int, ...], stored: Stored) -> tuple[int, int, int, int]:
        """Return the saved region of the detector, from `roi`; raises InputError if the frames have another shape."""
        region = self._region(scan) or (0, 0, 0, 0)
        if shape != (region[1] - region[0], region[3] - region[2]):
            where = "the option roi" if self.roi else f"{SAVED} of {scan.place}"
            raise InputError(
                f"{stored.place} has shape {stored.array.shape}, the frames {shape}, and {where} does not say which "
                f"region that is ({region}); give roi: [first row, row after the last, first column, column after it]",
                "source.roi",
            )
        return region


def _detector_of(scan: SpecScan) -> str | None:
    """Return the name of the detector in the scan's header: "34idcTIM2:"; None if it is not there."""
    lines = (line.split() for line in scan.header)
    return next((words[1] for words in lines if words[:1] == [DETECTOR] and len(words) > 1), None)


def _sample() -> list[str]:
    return [circle.name for circle in packaged()[BEAMLINE].sample_circles]


def _detector() -> list[str]:
    return [circle.name for circle in packaged()[BEAMLINE].detector_circles]


def _axes(scan: SpecScan) -> tuple[str, dict[str, Column], tuple[str, ...]]:
    """Return the rocked motor, all that move and matter for q with their columns, and a note on other motors.

    Raises InputError for a scan that rocks nothing.
    """
    moved = scan.moved()
    rocked = [name for name in moved if name.lower() in (*_sample(), "energy")]
    if not rocked:
        raise InputError(
            f"{scan.place} ({scan.command}) moves {' and '.join(moved)}; a scan of {', '.join(_sample())} or Energy is "
            "required",
            "source.scan",
        )
    circles = [name for name in moved if name in rocked or name.lower() in _detector()]
    others = [name for name in moved if name not in circles]
    note = f"{scan.place} ({scan.command}) moves {' and '.join(others)}, too, which turns neither sample nor detector"
    return rocked[0], {name: scan.columns[name] for name in circles}, (note,) * bool(others)
