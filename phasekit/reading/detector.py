"""Detector: what a detector's own file says of it, and the detector files that are at hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

import torch
from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    Tag,
    model_validator,
)
from pydantic_core import CoreSchema
from torch import Tensor

from phasekit.core.measurement import Measurement
from phasekit.core.plugin import Options
from phasekit.core.registry import registry
from phasekit.core.yaml_file import parsed
from phasekit.reading.per_axis import Index, Positive
from phasekit.runtime.errors import InputError
from phasekit.runtime.paths import InputFile
from phasekit.runtime.suggest import near
from phasekit.runtime.text import read_text

ENDINGS = (".yaml", ".yml")

PixelSize = Annotated[float, Field(gt=0, le=1000)]
Region = tuple[int, int, int, int]
"""Part of a detector's picture: first row, row after the last, first column, column after the last."""


class Seam(Options):
    """Rows or columns between two chips that the detector's pictures lack."""

    owner: ClassVar[str] = "a seam"

    at: Positive = Field(description="Row or column of the picture before which they are missing.")
    rows: Index = Field(0, description="Number of missing rows.")
    columns: Index = Field(0, description="Number of missing columns.")

    @model_validator(mode="after")
    def _has_one_direction(self) -> Self:
        """Refuse a seam along both axes, or along none."""
        if (self.rows > 0) == (self.columns > 0):
            raise ValueError("a seam has rows or columns; write one seam for each: {at: 256, rows: 5}")
        return self


class Detector(Options):
    """The contents of a detector file. Rows and columns are those of its whole picture as it is written."""

    owner: ClassVar[str] = "a detector file"

    name: str = Field(min_length=1, description="Name of the detector.")
    also: tuple[str, ...] = Field((), description="Other names that files give it.")
    shape: tuple[Positive, Positive] = Field(description="Rows and columns of a whole picture.")
    pixel_um: PixelSize | tuple[PixelSize, PixelSize] | None = Field(
        None, description="Pixel size, µm: one number, or row and column."
    )
    seams: tuple[Seam, ...] = Field((), description="Rows and columns that a picture lacks; they are inserted.")
    gap_rows: tuple[tuple[Index, Positive], ...] = Field(
        (), description="Rows between modules or at the edges of chips, as [first, end], end exclusive."
    )
    gap_columns: tuple[tuple[Index, Positive], ...] = Field((), description="Columns, likewise.")
    no_counts: tuple[float, ...] = Field((), description="Values that mark a gap, a bad pixel or overflow.")
    bad_bits: Index | None = Field(None, ge=1, description="Bits of a mask that mean bad; by default any.")
    saturation: float | None = Field(None, gt=0, description="Counts in a frame from which on a pixel is saturated.")
    weakest: float | None = Field(
        None, gt=0, description="Value of the white field below which a pixel does not measure."
    )
    source: str = Field("", description="Origin of these values.")

    def is_called(self, name: str) -> bool:
        """Return whether a file that says `name` means this detector; case and a colon at the end mean nothing."""
        return _plain(name) in (_plain(own) for own in (self.name, *self.also))

    def region(self, shape: tuple[int, ...], stated: Region | None, place: str) -> Region | None:
        """Return which part of the picture frames of `shape` (…, rows, columns) show; None if they have the seams.

        `stated` is what the file says. Raises InputError where it is unknown.
        """
        size = shape[-2:]
        if size == self.shape:
            return 0, self.shape[0], 0, self.shape[1]
        if stated is not None:
            top, bottom, left, right = stated
            if (bottom - top, right - left) == size and bottom <= self.shape[0] and right <= self.shape[1]:
                return stated
        if size == self.completed_shape:
            return None
        which = f"; the region {list(stated)}, which the file states, is not of that shape" if stated else ""
        raise InputError(
            f"{place} has frames of shape {size}, and a picture of {self.name} has {self.shape}{which}. Say which "
            "part they show: roi, if the source has this option, else a detector file of this part alone, with "
            "its shape and seams, as detector: mine.yaml",
            "source.detector",
        )

    @property
    def completed_shape(self) -> tuple[int, int]:
        """Rows and columns with the seams."""
        rows, columns = (sum(getattr(seam, along) for seam in self.seams) for along in ("rows", "columns"))
        return self.shape[0] + rows, self.shape[1] + columns

    def completed(self, measured: Measurement, region: Region | None) -> Measurement:
        """Leave untrusted what does not measure, and insert the seams, untrusted; `region` is that of the data."""
        bad = self._lines(measured.shape[-2:], region)
        for value in self.no_counts:
            bad = bad | (measured.counts == torch.tensor(value, dtype=torch.float64).to(measured.counts.dtype))
        if self.saturation is not None:
            bad = bad | (measured.counts >= self.saturation)
        if self.weakest is not None and measured.flat_field is not None:
            bad = bad | (measured.flat_field < self.weakest)
        if count := int((bad & measured.valid).count_nonzero()):
            measured = measured.noted(
                f"{self.name}: {count} voxels are in gaps, saturated, too weak or without counts: left untrusted"
            )
        measured = replace(measured.untrusting(bad), counts=measured.counts.masked_fill(bad, 0))
        return measured if region is None else self._with_seams(measured, region)

    def moved(self, index: float, axis: int, region: Region | None) -> float:
        """Return where a row (axis 0) or column (1) of frames of `region` comes to lie when the seams are inserted."""
        first = 0 if region is None else region[2 * axis]
        return index if region is None else index + self._missing(axis, first, first + index)

    def _missing(self, axis: int, first: int, last: float) -> int:
        """Return the number of rows (axis 0) or columns (1) that are missing between two of a picture."""
        along = ("rows", "columns")[axis]
        return sum(getattr(seam, along) for seam in self.seams if first < seam.at <= last)

    def _lines(self, size: tuple[int, ...], region: Region | None) -> Tensor:
        """Return (rows, columns) bool, before seams are inserted: gaps; where they are already there, these too."""
        bad = torch.zeros(size, dtype=torch.bool)
        for axis, gaps in enumerate((self.gap_rows, self.gap_columns)):
            lines = [self._line(low, high, axis, region) for low, high in gaps]
            if region is None:
                seams = [seam.at for seam in self.seams if (seam.columns if axis else seam.rows)]
                lines += [(at + self._missing(axis, 0, at - 1), at + self._missing(axis, 0, at)) for at in seams]
            for low, high in lines:
                bad.movedim(axis, 0)[max(low, 0) : max(high, 0)] = True
        return bad

    def _line(self, low: int, high: int, axis: int, region: Region | None) -> tuple[int, int]:
        """Return where rows (axis 0) or columns (1) of a whole picture lie in frames, seams not yet inserted there."""
        if region is None:
            return low + self._missing(axis, 0, low), high + self._missing(axis, 0, high - 1)
        return low - region[2 * axis], high - region[2 * axis]

    def _with_seams(self, measured: Measurement, region: Region) -> Measurement:
        """Insert the seams within a region."""
        said = []
        for seam in sorted(self.seams, key=lambda one: -one.at):
            axis = 0 if seam.rows else 1
            first, end = region[2 * axis : 2 * axis + 2]
            if first < seam.at < end:
                at, count, line = seam.at - first, seam.rows or seam.columns, ("row", "column")[axis]
                measured = _inserted(measured, axis - 2, at, count)
                said.append(f"{count} {line}s before {line} {at}")
        if not said:
            return measured
        return measured.noted(
            f"seam of {self.name}: {' and '.join(reversed(said))}, which its pictures lack, are inserted and left "
            "untrusted; indices count them"
        )


def _inserted(measured: Measurement, axis: int, at: int, count: int) -> Measurement:
    """Insert `count` untrusted rows (axis −2) or columns (−1) before index `at`."""

    def wider(array: Tensor, fill: float) -> Tensor:
        size = list(array.shape)
        size[axis] = count
        before, behind = array.narrow(axis, 0, at), array.narrow(axis, at, array.shape[axis] - at)
        return torch.cat([before, array.new_full(size, fill), behind], dim=axis)

    return replace(
        measured,
        counts=wider(measured.counts, 0),
        valid=wider(measured.valid, False),
        sensitivity=None if measured.sensitivity is None else wider(measured.sensitivity, 1),
        dark=None if measured.dark is None else wider(measured.dark, 0),
        flat_field=None if measured.flat_field is None else wider(measured.flat_field, 1),
    )


def _plain(name: str) -> str:
    return name.strip().rstrip(":").lower()


def detectors() -> dict[str, Detector]:
    """Return the detectors whose files plugins bring: name -> detector."""
    found: dict[str, Detector] = {}
    for _, folder in registry().detectors:
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.suffix in ENDINGS:
                one = parsed(Detector, read_text(path), str(path))
                found.setdefault(one.name, one)
    return found


def known_detector(name: str) -> Detector | None:
    """Return the detector that files call `name`; None if no detector file has this name."""
    return next((one for one in detectors().values() if one.is_called(name)), None)


def detector(named: str | Path) -> Detector:
    """Return a detector by its name or its file; raises InputError, with suggestions."""
    if isinstance(named, Path):
        return parsed(Detector, read_text(named), str(named))
    if found := known_detector(named):
        return found
    raise InputError(
        f"no detector is called '{named}'; {near(named, detectors())} (your own is a YAML file: detector: mine.yaml)"
    )


def _kind(value: Any) -> str:
    return "file" if str(value).endswith(ENDINGS) else "name"


def _there(named: str | Path) -> str | Path:
    """Refuse an unknown detector, or an invalid file."""
    detector(named)
    return named


class _NamesAndFiles:
    """Says which names are known, and how the name of a file ends."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"title": "name or file", "anyOf": [{"enum": [*detectors()]}, {"type": "string", "pattern": r"\S"}]}


AnyDetectorName = Annotated[
    Annotated[InputFile, Tag("file")] | Annotated[str, Field(min_length=1), Tag("name")], Discriminator(_kind)
]
"""A detector by a name that a data file gives it, or by a YAML file beside the recipe."""

DetectorName = Annotated[AnyDetectorName, AfterValidator(_there), _NamesAndFiles()]
"""A detector: the name of one that has a file, or a YAML file beside the recipe."""
