"""Read arrays from HDF5 and numpy files; whatever goes wrong becomes a sentence."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from phasekit import InputError

LISTED = 30
"""Arrays that a sentence lists at most."""
NUMPY_ENDINGS = (".npy", ".npz")


@dataclass(frozen=True, eq=False)
class Stored:
    """An array as it lies in a file, and what the file says about it."""

    place: str
    """File and name, for sentences."""
    array: np.ndarray[Any, Any]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    """Attributes of the data set, and of the file and the groups around it where it has none of that name."""

    def sign(self) -> str | None:
        """Return "+" or "-", the sign of the Fourier transform that the file states; None if it is silent."""
        for key in ("fourier_sign", "fft_sign"):
            value = self.attributes.get(key)
            text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
            if value is not None and text.strip()[:1] in ("+", "-", "−"):
                return "+" if text.strip()[0] == "+" else "-"
        return None


def read_hdf5(path: Path, wanted: Callable[[Mapping[str, tuple[int, ...]]], Mapping[str, str]]) -> dict[str, Stored]:
    """Read data sets of one file: role -> what is stored.

    `wanted` is told the data sets there are, name -> shape, and returns role -> name. Raises InputError for a
    file that is not HDF5 or truncated, and for a missing data set, listing the ones there are.
    """
    with _opened(path) as file:
        there = _data_sets(file)
        return {role: _read(file, path, name, there) for role, name in wanted(there).items()}


def read_numpy(path: Path, name: str | None = None) -> Stored:
    """Read the array of an .npy file, or the one called `name` (by default the only one) of an .npz file.

    Raises InputError for other files, truncated ones and pickled objects, and for a missing array.
    """
    with _numpy_errors(path):
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            if name is not None:
                raise InputError(f"{path} holds one array without a name; leave out '{name}', or give an .npz file")
            return Stored(str(path), _numeric(loaded, str(path)))
        with loaded:
            names = list(loaded.files)
            if name is None and len(names) != 1:
                raise InputError(f"{path} holds {len(names)} arrays: {', '.join(names)}; say which one is meant")
            chosen = names[0] if name is None else name
            if chosen not in names:
                raise InputError(f"{path} has no array '{chosen}'; there are: {', '.join(names)}")
            return Stored(f"{path}: {chosen}", _numeric(loaded[chosen], f"{path}: {chosen}"))


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
                "it holds pickled Python objects, which could run code and are not read; save plain numbers"
                if numpy_magic
                else "it is no .npy or .npz file; save the array with numpy.save"
            )
        else:
            reason = f"it is truncated or damaged ({error}); copy it again"
        raise InputError(f"{path} cannot be read: {reason}") from error


@contextmanager
def _opened(path: Path) -> Iterator[h5py.File]:
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        reason = "it is truncated" if "truncated" in str(error) else "it is no HDF5 file, or damaged"
        raise InputError(f"{path} cannot be read: {reason} ({error}); copy it again") from error
    with file:
        yield file


def _data_sets(file: h5py.File) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}

    def note(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = tuple(item.shape or ())

    file.visititems(note)
    return found


def _read(file: h5py.File, path: Path, name: str, there: Mapping[str, tuple[int, ...]]) -> Stored:
    found = file.get(name)
    if not isinstance(found, h5py.Dataset):
        listed = ", ".join(f"{other} {shape}" for other, shape in list(there.items())[:LISTED]) or "none"
        more = f" and {len(there) - LISTED} more" if len(there) > LISTED else ""
        what = "is a group, not a data set" if isinstance(found, h5py.Group) else "is not there"
        raise InputError(f"{path}: '{name}' {what}; the data sets in the file are: {listed}{more}")
    try:
        array = np.asarray(found[()])
    except OSError as error:
        raise InputError(
            f"{path}: '{name}' cannot be read ({error}); the file is damaged, or compressed by a filter that "
            "is not installed here"
        ) from error
    attributes: dict[str, Any] = {}
    level: Any = found
    while True:
        attributes = {**dict(level.attrs), **attributes}
        beside = level.parent.get("fourier_sign")
        if isinstance(beside, h5py.Dataset) and beside.shape == ():
            attributes.setdefault("fourier_sign", beside[()])
        if level.name == "/":
            break
        level = level.parent
    return Stored(f"{path}: {name}", _numeric(array, f"{path}: {name}"), attributes)


def _numeric(array: np.ndarray[Any, Any], place: str) -> np.ndarray[Any, Any]:
    if array.dtype.kind not in "buifc":
        raise InputError(f"{place} holds {array.dtype}, not numbers; name another array")
    return array
