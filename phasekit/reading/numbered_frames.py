"""The frames of a folder, identified by scan and number in their names, and matched to the points of a scan."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from phasekit.reading.stored import Stored
from phasekit.reading.tiff import is_picture, read_frames
from phasekit.runtime.errors import InputError

FRAME = re.compile(r"_S0*(\d+)_0*(\d+)$")
"""The end of a frame's name: scan and number, Staff20-1a_S0054_00012.tif."""


@dataclass(frozen=True, eq=False)
class NumberedFrames:
    """The frames of one scan."""

    folder: Path
    scan: int
    files: Mapping[int, Path]
    """By the number in the name."""
    first: int
    """Number of the frame of the scan's first point."""

    def name(self, point: int) -> str:
        """Return the actual or expected name of a point's frame."""
        number = point + self.first
        model = next(iter(self.files.values()))
        return re.sub(r"\d+$", lambda digits: f"{number:0{len(digits[0])}d}", model.stem) + model.suffix

    def points(self, wanted: tuple[int, int] | None, points: int, place: str) -> tuple[int, int]:
        """Return the first point to take and the one after the last, of a scan with `points`.

        Raises InputError if there are more frames than points, or if they end early.
        """
        first, last = wanted or (0, points)
        if last > points:
            raise InputError(f"{place} has {points} points; {last} is beyond that", "source.points")
        low, high = min(self.files) - self.first, max(self.files) - self.first
        if low < 0 or (wanted is None and high >= points):
            raise InputError(
                f"{place} has {points} points, and the frames go from {self.files[low + self.first].name} to "
                f"{self.files[high + self.first].name}: more than points; give first_number (the number of "
                f"the first point's frame), or leave the others out with points: [0, {points}]",
                "source.first_number",
            )
        if high < last - 1:
            raise InputError(
                f"{place} has {points} points, and the frames end with {self.files[high + self.first].name}; copy the "
                f"others, or take the available ones with points: [{first}, {high + 1}]",
                "source.points",
            )
        return first, last

    def read(self, first: int, last: int) -> Stored:
        """Read the frames of the points from `first` on, before `last`; absent files count as missing."""
        files = [self.files.get(point + self.first, self.name(point)) for point in range(first, last)]
        return read_frames(files, f"{self.folder}: scan {self.scan}")


def frames_of(folder: Path, scan: int | None, first: int) -> NumberedFrames:
    """Return the frames of `scan`, by default the only one in the folder; raises InputError."""
    found: dict[int, dict[int, Path]] = {}
    for file in sorted(folder.iterdir()):
        match = FRAME.search(file.stem)
        if match and is_picture(file) and not file.name.startswith("."):
            numbered = found.setdefault(int(match[1]), {})
            same = numbered.setdefault(int(match[2]), file)
            if same != file:
                raise InputError(
                    f"{folder} has two files for one frame, {same.name} and {file.name}; keep one series per folder",
                    "source.path",
                )
    if not found:
        raise InputError(f"{folder} has no frames; their names look like name_S0054_00000.tif", "source.path")
    there = f"{folder} has frames of the scans {', '.join(str(number) for number in sorted(found))}"
    if scan is None and len(found) > 1:
        raise InputError(f"{there}; say which one to use", "source.scan")
    chosen = next(iter(found)) if scan is None else scan
    if chosen not in found:
        raise InputError(f"{there}, but none of scan {chosen}", "source.scan")
    return NumberedFrames(folder, chosen, found[chosen], first)
