"""The numpy source."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from phasekit import InputFile
from phasekit.reading.array_source import ArraySource
from phasekit.reading.arrays import Arrays
from phasekit.reading.stored import NUMPY_ENDINGS, Stored, read_numpy


def _kind(value: Any) -> str:
    return "file" if str(value).endswith(NUMPY_ENDINGS) else "key"


KeyOrFile = Annotated[
    Annotated[InputFile, Tag("file")] | Annotated[str, Field(min_length=1), Tag("key")], Discriminator(_kind)
]
"""An array: its name in the .npz file of the data, or a separate .npy or .npz file."""


class NumpyFile(ArraySource):
    """Reads counts from an .npy or .npz file, and related arrays from the same file or from others.

    Files are centred: the peak is at n//2 or is moved there. Pickled objects are refused.
    """

    name: Literal["numpy"] = "numpy"
    path: InputFile = Field(description="The .npy or .npz file with the raw counts.")
    dataset: str | None = Field(
        None, min_length=1, description="Name of the counts in an .npz file; by default its only array."
    )
    valid: KeyOrFile | None = Field(
        None,
        description="Mask of trusted voxels, in the sense of valid_means: a name in the .npz file, or another file.",
    )
    flat_field: KeyOrFile | None = Field(
        None,
        description="Relative sensitivity, of one frame or all, for the step flat-field: a name in the .npz file, or "
        "another file.",
    )
    monitor: KeyOrFile | None = Field(
        None,
        description="Incident intensity per frame, for the step monitor: a name in the .npz file, or another file.",
    )
    dark: KeyOrFile | None = Field(
        None, description="Counts without beam, of one frame or all: a name in the .npz file, or another file."
    )
    truth: KeyOrFile | None = Field(
        None, description="The true object, if known: a name in the .npz file, or another file."
    )

    def arrays(self) -> Arrays:
        """Read the arrays named."""
        return Arrays(
            counts=read_numpy(self.path, self.dataset),
            valid=self._read(self.valid),
            flat_field=self._read(self.flat_field),
            monitor=self._read(self.monitor),
            dark=self._read(self.dark),
            truth=self._read(self.truth),
        )

    def _read(self, where: Path | str | None) -> Stored | None:
        if where is None:
            return None
        return read_numpy(where) if isinstance(where, Path) else read_numpy(self.path, where)
