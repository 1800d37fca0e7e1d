"""The TIFF source, which reads EDF and CBF too."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from phasekit import InputError, InputFile, InputPath
from phasekit.reading.array_source import ArraySource
from phasekit.reading.arrays import Arrays
from phasekit.reading.column import read_column
from phasekit.reading.frame_order import in_order
from phasekit.reading.rocking_positions import even_positions
from phasekit.reading.stored import Stored
from phasekit.reading.tiff import (
    PICTURE_ENDINGS,
    DarkFile,
    FlatFieldFile,
    ValidFile,
    is_picture,
    read_frames,
    read_image,
    read_stack,
)

Column = Annotated[int, Field(ge=0, le=1000)] | Annotated[str, Field(min_length=1)]


class Tiff(ArraySource):
    """Reads counts from TIFF, EDF or CBF: one file with a page per frame, or a folder with a file per frame.

    Files are ordered by the number in their names, frame9 before frame10; if several numbers vary and do not agree on
    the order, they are refused. A frame that is damaged or left out is untrusted. EDF and CBF may be packed
    (.gz, .bz2). The geometry comes from the recipe.
    """

    name: Literal["tiff"] = "tiff"
    path: InputPath = Field(description="The file with all frames, or the folder with one file per frame.")
    frames: str = Field(
        "*",
        min_length=1,
        pattern=r"^[^/]+$",
        description="Pattern of the frames' names: scan54_*.tif. Only TIFF, EDF and CBF files are frames.",
    )
    valid: ValidFile = None
    flat_field: FlatFieldFile = None
    dark: DarkFile = None
    monitor: InputFile | None = Field(
        None, description="Incident intensity per frame (text, CSV or .npy), for the step monitor."
    )
    monitor_column: Column = Field(0, description="Its column: a number from 0, or a name in the first line.")
    positions: InputFile | None = Field(
        None, description="Position of the rocking axis per frame, degrees or keV (text, CSV or .npy)."
    )
    positions_column: Column = Field(0, description="Its column: a number from 0, or a name in the first line.")

    def arrays(self) -> Arrays:
        """Read the frames and their related data."""
        monitor = None if self.monitor is None else read_column(self.monitor, self.monitor_column)
        positions = None if self.positions is None else read_column(self.positions, self.positions_column)
        return Arrays(
            read_stack(self.path) if self.path.is_file() else self._folder(),
            valid=_image(self.valid),
            flat_field=_image(self.flat_field),
            dark=_image(self.dark),
            monitor=monitor,
            positions=even_positions(positions),
        )

    def _folder(self) -> Stored:
        """Read the frames of the folder, without the detector pictures that other options name."""
        apart = {self.valid, self.flat_field, self.dark}
        files = [file for file in self.path.glob(self.frames) if file.is_file() and not file.name.startswith(".")]
        series = in_order(sorted(file for file in files if file not in apart and is_picture(file)))
        if not series:
            there = ", ".join(sorted(file.name for file in self.path.iterdir())[:5])
            raise InputError(
                f"{self.path} has no file {self.frames} that ends in {', '.join(PICTURE_ENDINGS)}; it has "
                f"{there or 'nothing'}; say with frames which files to use",
                "source.frames",
            )
        return read_frames(series, str(self.path))


def _image(path: Path | None) -> Stored | None:
    return None if path is None else read_image(path)
