"""Arrays of files, as stored; those of numpy files are read here. Every failure becomes a clear message."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from phasekit.reading.conventions import REVERSED, SIGNS, Axes, marks_of_numpy, program_of
from phasekit.runtime.errors import InputError

LISTED = 30
"""Maximum number of arrays listed in a message."""
NUMPY_ENDINGS = (".npy", ".npz")


@dataclass(frozen=True, eq=False)
class Stored:
    """An array in a file, with the file's information about it."""

    place: str
    """File and name, for messages."""
    array: np.ndarray[Any, Any]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    """Attributes of the data set, and those inherited from its groups and the file."""
    missing: Mapping[int, str] = field(default_factory=dict)
    """Absent or unreadable frames -> reason; the array's values for them are meaningless."""
    absent: np.ndarray[Any, Any] | None = None
    """bool, the array's shape: other voxels that the file does not hold; None: none. Their values are meaningless."""
    notes: tuple[str, ...] = ()
    """What was found while reading, as sentences."""

    def part(self, first: int, last: int) -> Stored:
        """Return the frames from `first` on, before `last`."""
        missing = {frame - first: why for frame, why in self.missing.items() if first <= frame < last}
        absent = None if self.absent is None else self.absent[first:last]
        return replace(self, array=self.array[first:last], missing=missing, absent=absent)

    def without(self, frames: np.ndarray[Any, Any], why: str) -> Stored:
        """Return the array with more frames missing: where `frames`, (frames,) bool, is true."""
        return replace(self, missing={**{int(k): why for k in np.flatnonzero(frames)}, **self.missing})

    def sign(self) -> str | None:
        """Return "+" or "-", the sign of the Fourier transform: the one stated, else the program's; None if unknown."""
        for key in ("fourier_sign", "fft_sign"):
            value = self.attributes.get(key)
            text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
            if value is not None and text.strip()[:1] in ("+", "-", "−"):
                return "+" if text.strip()[0] == "+" else "-"
        return SIGNS.get(self.program() or "")

    def program(self) -> str | None:
        """Return the program that wrote the array, in lower case; None if unknown."""
        return program_of(self.attributes)

    def axes(self) -> Axes:
        """Return how the axes of the program that wrote the array lie to those of the data."""
        return "reversed" if self.program() in REVERSED else "same"

    def oriented(self, axes: Axes) -> Stored:
        """Return the array with the axes of the data; `axes` says how those in the file lie to them."""
        return replace(self, array=self.array.transpose()) if axes == "reversed" else self


def read_numpy(path: Path, name: str | None = None) -> Stored:
    """Read the array of an .npy file, or the one called `name` (by default the only one) of an .npz file.

    Raises InputError for other files, truncated ones and pickled objects, and for a missing array.
    """
    with _numpy_errors(path):
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            if name is not None:
                raise InputError(f"{path} holds one array without a name; remove '{name}', or give an .npz file")
            return Stored(str(path), numeric(loaded, str(path)), marks_of_numpy(path, loaded))
        with loaded:
            names = list(loaded.files)
            if name is None and len(names) != 1:
                raise InputError(f"{path} holds {len(names)} arrays: {', '.join(names)}; say which one to use")
            chosen = names[0] if name is None else name
            if chosen not in names:
                raise InputError(f"{path} has no array '{chosen}'; available: {', '.join(names)}")
            return Stored(f"{path}: {chosen}", numeric(loaded[chosen], f"{path}: {chosen}"))


@contextmanager
def _numpy_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except (ValueError, EOFError, OSError, zipfile.BadZipFile, zlib.error) as error:
        if "pickle" in str(error):
            with path.open("rb") as file:
                numpy_magic = file.read(6) in (b"\x93NUMPY", b"PK\x03\x04\x14\x00", b"PK\x03\x04\x2d\x00")
            reason = (
                "it holds pickled Python objects, which could run code and are refused; save plain numbers"
                if numpy_magic
                else "it is not an .npy or .npz file; save the array with numpy.save"
            )
        else:
            reason = f"it is truncated or damaged ({error}); copy it again"
        raise InputError(f"{path} cannot be read: {reason}") from error


def numeric(array: np.ndarray[Any, Any], place: str) -> np.ndarray[Any, Any]:
    """Return the array; raises InputError unless it holds numbers."""
    if array.dtype.kind not in "buifc":
        raise InputError(f"{place} holds {array.dtype}, not numbers; name another array")
    return array
