"""The numpy source."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from phasekit import InputError, InputFile
from phasekit.reading.array_source import ArraySource
from phasekit.reading.arrays import Arrays
from phasekit.reading.in_memory import InMemory, OrArray
from phasekit.reading.stored import NUMPY_ENDINGS, Stored, read_numpy


def _kind(value: Any) -> str:
    return "file" if str(value).endswith(NUMPY_ENDINGS) else "key"


_Written = Annotated[
    Annotated[InputFile, Tag("file")] | Annotated[str, Field(min_length=1), Tag("key")], Discriminator(_kind)
]
KeyOrFile = Annotated[Path | str | InMemory, OrArray(_Written)]
"""An array: its name in the .npz file of the data, a separate .npy or .npz file, or from Python the array itself."""


class NumpyFile(ArraySource):
    """Reads counts from an .npy or .npz file, and related arrays from the same file or from others.

    From Python, each of them may be an array in place of a file: numpy, torch, an h5py data set. Arrays are centred:
    the peak is at n//2 or is moved there. Pickled objects are refused.
    """

    name: Literal["numpy"] = "numpy"
    path: Annotated[Path | InMemory, OrArray(InputFile)] = Field(
        description="The .npy or .npz file with the raw counts."
    )
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
        if isinstance(self.path, InMemory) and self.dataset is not None:
            raise InputError("dataset names an array in a file, but path is an array itself; leave it out", "source")
        return Arrays(
            counts=self.path.stored() if isinstance(self.path, InMemory) else read_numpy(self.path, self.dataset),
            valid=self._read(self.valid, "valid"),
            flat_field=self._read(self.flat_field, "flat_field"),
            monitor=self._read(self.monitor, "monitor"),
            dark=self._read(self.dark, "dark"),
            truth=self._read(self.truth, "truth"),
        )

    def _read(self, where: Path | str | InMemory | None, option: str) -> Stored | None:
        if where is None:
            return None
        if isinstance(where, InMemory):
            return where.stored()
        if isinstance(where, Path):
            return read_numpy(where)
        if isinstance(self.path, InMemory):
            raise InputError(
                f"{option}: '{where}' would be a name in the file of the counts, but these are an array; give an "
                "array or a file",
                f"source.{option}",
            )
        return read_numpy(self.path, where)
