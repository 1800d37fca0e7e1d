"""Read a scan written by BLISS: its measurement, its instrument and the positioners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import h5py
import numpy as np

from phasekit.reading.hdf5 import read_data_set, shape_of_data_set
from phasekit.reading.hdf5_file import hdf5_errors, names_in
from phasekit.reading.hdf5_links import followed
from phasekit.reading.stored import LISTED, Stored
from phasekit.reading.units import Units, one_number, quantity
from phasekit.runtime.errors import InputError
from phasekit.runtime.suggest import near
from phasekit.runtime.text import plain_text


@dataclass(frozen=True, eq=False)
class BlissScan:
    """One scan of an open file."""

    file: h5py.File
    name: str

    @property
    def place(self) -> str:
        """File and scan, for messages."""
        return f"{self.file.filename}: scan {self.name}"

    @property
    def title(self) -> str:
        """The command: "ascan eta 10 11 100 1"; "" if the file does not say."""
        with followed(self.file, f"{self.name}/title") as found, hdf5_errors(f"{self.place}: title"):
            title = found.item
            if not isinstance(title, h5py.Dataset) or title.dtype.kind not in "OS" or title.size != 1:
                return ""
            return plain_text(np.ravel(title[()])[0])

    def shape(self, name: str) -> tuple[int, ...] | None:
        """Return the shape of a data set of the scan; None if it is absent."""
        return shape_of_data_set(self.file, f"{self.name}/{name}")

    def read(self, name: str) -> Stored | None:
        """Read a data set of the scan; None if it is absent."""
        with followed(self.file, f"{self.name}/{name}") as found:
            there = isinstance(found.item, h5py.Dataset) or found.lost
        return read_data_set(self.file, f"{self.name}/{name}") if there else None

    def values(self, name: str, units: Units) -> np.ndarray | None:
        """Return numbers in the unit of `units`, () or (points,); None if they are absent."""
        stored = self.read(name)
        return None if stored is None else quantity(stored, units)

    def one(self, name: str, units: Units, option: str) -> tuple[float | None, tuple[str, ...]]:
        """Return one number above 0, None if it is absent or 0, and a doubt if it is unusable: see `one_number`."""
        return one_number(self.read(name), units, option)

    def positions(self, name: str, units: Units) -> np.ndarray:
        """Return the positions in a data set of the scan, (frames,); raises InputError with suggestions."""
        stored = self.read(name)
        if stored is None or stored.array.ndim != 1:
            what = "is absent" if stored is None else f"has shape {stored.array.shape}"
            near_by = near(name.rpartition("/")[2], self._measured(1))
            raise InputError(
                f"{self.place}: {name} {what}; one position per frame is needed, of measurement/…; {near_by}",
                "source.positions",
            )
        return quantity(stored, units)

    def counters(self) -> dict[str, np.ndarray]:
        """Return every counter of one number per point."""
        return {name: self.counter(name).array.astype(float) for name in self._measured(1) if self._is_number(name)}

    def _is_number(self, name: str) -> bool:
        with followed(self.file, f"{self.name}/measurement/{name}") as found, hdf5_errors(f"{self.place}: {name}"):
            return isinstance(found.item, h5py.Dataset) and found.item.dtype.kind in "uif"

    def counter(self, name: str) -> Stored:
        """Read a counter; raises InputError with suggestions."""
        found = self.read(f"measurement/{name}")
        if found is None:
            raise InputError(f"{self.place} has no counter '{name}'; {near(name, self._measured(1))}", "source.monitor")
        return found

    def detectors(self) -> list[str]:
        """Return the names of the detectors with frames."""
        return list(dict.fromkeys((*self._measured(3), *self._instruments())))

    def detector(self, wanted: str | None) -> str:
        """Return the name of the detector; raises InputError if there is none, or several."""
        there = self.detectors()
        if wanted in there or (wanted is None and len(there) == 1):
            return wanted or there[0]
        for name in [wanted] if wanted else self._names("measurement"):
            with followed(self.file, f"{self.name}/measurement/{name}") as found:
                if found.lost:
                    raise InputError(f"{self.place} measurement/{name} cannot be read{found.lost}")
        if wanted is None:
            listed = f"{len(there)} detectors with frames: {', '.join(there)}" if there else "no detector with frames"
            raise InputError(f"{self.place} ({self.title}) has {listed}; name one with detector", "source.detector")
        raise InputError(f"{self.place} has no detector '{wanted}'; {near(wanted, there)}", "source.detector")

    def frames_of(self, detector: str) -> str:
        """Return where in the scan the frames of a detector are."""
        return f"measurement/{detector}" if detector in self._measured(3) else f"instrument/{detector}/data"

    def frames(self, detector: str, region: Sequence[slice] = ()) -> Stored:
        """Read the frames of a detector, or a region of them; see `read_data_set`."""
        return read_data_set(self.file, f"{self.name}/{self.frames_of(detector)}", region)

    def _names(self, group: str) -> list[str]:
        with followed(self.file, f"{self.name}/{group}") as found:
            return names_in(found.item) if isinstance(found.item, h5py.Group) else []

    def _measured(self, ndim: int) -> list[str]:
        """Return the names of the measured data sets with this many axes."""
        return [name for name in self._names("measurement") if len(self.shape(f"measurement/{name}") or ()) == ndim]

    def _instruments(self) -> list[str]:
        """Return the names of the instrument's groups that hold frames."""
        names = self._names("instrument")
        return [name for name in names if len(self.shape(f"instrument/{name}/data") or ()) == 3]


def bliss_scan(file: h5py.File, wanted: str | float | None) -> BlissScan:
    """Return the scan called `wanted`: its whole name, 1.1 of sample_0001_1.1, or 1 of either.

    None means the only scan. The number 1.1 may have been written 1.10. Raises InputError that lists the available
    scans.
    """
    there = [name for name in names_in(file) if _is_scan(file, name)]
    listed = ", ".join(there[:LISTED]) + (f" and {len(there) - LISTED} more" if len(there) > LISTED else "")
    if not there:
        raise InputError(f"{file.filename} has no scans (groups with 'measurement'); was it written by BLISS?")
    if wanted is None:
        chosen = there
    elif isinstance(wanted, float):
        chosen = [name for name in there if _number(name.rpartition("_")[2]) == wanted]
        if len(chosen) > 1:
            quoted = " or ".join(f'scan: "{name}"' for name in chosen)
            raise InputError(
                f"{file.filename} has {len(chosen)} scans whose names are the number {wanted:g}; write {quoted}, with "
                "the quotes",
                "source.scan",
            )
    else:
        chosen = [name for name in there if name == wanted]
        for ending in (wanted, f"{wanted}.1"):
            chosen = chosen or [name for name in there if name == ending or name.endswith(f"_{ending}")]
    if len(chosen) != 1:
        what = f"no scan '{wanted}'" if not chosen else f"{len(chosen)} scans" + (f" '{wanted}'" if wanted else "")
        raise InputError(f"{file.filename} has {what}; available: {listed}; choose one with scan", "source.scan")
    return BlissScan(file, chosen[0])


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _is_scan(file: h5py.File, name: str) -> bool:
    try:
        with followed(file, f"{name}/measurement") as found:
            return isinstance(found.item, h5py.Group)
    except InputError:  # it is damaged, which is said if it is the one that is wanted
        return True
