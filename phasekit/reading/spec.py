"""Read a scan of a SPEC file: its command, the positions of the motors, its columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import numpy as np
from silx.io.specfile import Scan, SfErrFileOpen, SpecFile

from phasekit.runtime.errors import InputError
from phasekit.runtime.suggest import near

Column = np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(frozen=True, eq=False)
class SpecScan:
    """One scan as written by SPEC."""

    place: str
    """File and scan, for messages."""
    number: int
    command: str
    """The command: "ascan th 0 1 200 0.25"."""
    motors: Mapping[str, float]
    """Position of every motor before the scan, by its name in #O."""
    columns: Mapping[str, Column]
    """(points,) by its name in #L."""
    header: tuple[str, ...]
    """The lines of the scan's header."""
    notes: tuple[str, ...] = ()

    @property
    def points(self) -> int:
        """The number of points in the file."""
        return len(next(iter(self.columns.values())))

    def moved(self) -> str:
        """Return the scanned motor, whose column is the first; raises InputError unless there is exactly one."""
        names = [*takewhile(self.motors.__contains__, self.columns)]
        if len(names) != 1:
            what = f"moves {' and '.join(names)}" if names else "moves no motor"
            raise InputError(f"{self.place} ({self.command}) {what}; a scan of one motor is needed", "source.scan")
        return names[0]

    def numbers(self, key: str, count: int) -> list[int] | None:
        """Return the first whole numbers of the header line that begins with `key`; None if they are absent."""
        for words in map(str.split, self.header):
            if words[:1] == [key] and len(words) > count:
                try:
                    return [int(float(word)) for word in words[1 : count + 1]]
                except ValueError:
                    return None
        return None

    def column(self, name: str) -> Column:
        """Return a column; raises InputError with suggestions."""
        if name not in self.columns:
            raise InputError(f"{self.place} has no column '{name}'; {near(name, self.columns)}", "source.monitor")
        return self.columns[name]


def read_spec(path: Path, number: int) -> SpecScan:
    """Read scan `number`; raises InputError for other files, and for absent or empty scans."""
    try:
        file = SpecFile(str(path))
    except (SfErrFileOpen, OSError) as error:
        raise InputError(f"{path} is not a SPEC file ({error}); name one written by SPEC", "source.spec") from error
    with closing(file):
        keys = [key for key in file.keys() if key.partition(".")[0] == str(number)]  # noqa: SIM118  # no mapping
        if not keys:
            there = ", ".join(str(found) for found in dict.fromkeys(file.list())) or "none"
            raise InputError(f"{path} has no scan {number}; available scans: {there}", "source.scan")
        scan = file[keys[-1]]
        place = f"{path}: scan {number}"
        command = " ".join(scan.scan_header_dict.get("S", "").split()[1:])
        labels = list(scan.labels)
        data = np.asarray(scan.data, dtype=np.float64)
        if not labels or data.size == 0:
            raise InputError(f"{place} ({command}) has no points; was it stopped before the first?", "source.scan")
        if len(labels) != len(data):
            raise InputError(
                f"{place} ({command}) names {len(labels)} columns (#L) but has {len(data)}; was the file edited? "
                "Names are two spaces apart",
                "source.scan",
            )
        notes = [f"{place} stands {len(keys)} times in the file: the last one is read"] if len(keys) > 1 else []
        motors = dict(zip(_motor_names(scan), map(float, scan.motor_positions), strict=False))
        return SpecScan(
            place=place,
            number=number,
            command=command,
            motors=motors,
            columns=dict(zip(labels, data, strict=True)),
            header=tuple(scan.scan_header),
            notes=tuple(notes),
        )


def _motor_names(scan: Scan) -> list[str]:
    """Return the names of the motors as #O has them; silx leaves out the blanks within the last one of a line."""
    lines = (line.partition(" ")[2].strip() for line in scan.file_header if re.match(r"#O\d", line))
    written = {name.replace(" ", ""): name for line in lines for name in re.split(r" {2,}", line)}
    return [written.get(name, name) for name in scan.motor_names]
