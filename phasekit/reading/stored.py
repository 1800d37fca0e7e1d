"""Read arrays from HDF5 and numpy files; every failure becomes a clear message."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np

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

    def part(self, first: int, last: int) -> Stored:
        """Return the frames from `first` on, before `last`."""
        missing = {frame - first: why for frame, why in self.missing.items() if first <= frame < last}
        return replace(self, array=self.array[first:last], missing=missing)

    def without(self, frames: np.ndarray[Any, Any], why: str) -> Stored:
        """Return the array with more frames missing: where `frames`, (frames,) bool, is true."""
        return replace(self, missing={**{int(k): why for k in np.flatnonzero(frames)}, **self.missing})

    def sign(self) -> str | None:
        """Return "+" or "-", the sign of the Fourier transform stated in the file; None if it states none."""
        for key in ("fourier_sign", "fft_sign"):
            value = self.attributes.get(key)
            text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
            if value is not None and text.strip()[:1] in ("+", "-", "−"):
                return "+" if text.strip()[0] == "+" else "-"
        return None


def read_hdf5(path: Path, wanted: Callable[[Mapping[str, tuple[int, ...]]], Mapping[str, str]]) -> dict[str, Stored]:
    """Read data sets of one file: role -> stored array.

    `wanted` is given the available data sets, name -> shape, and returns role -> name. Raises InputError for a
    file that is not HDF5 or is truncated, and for a missing data set, listing the available ones.
    """
    with opened_hdf5(path) as file:
        return {role: read_data_set(file, name) for role, name in wanted(_data_sets(file)).items()}


def read_numpy(path: Path, name: str | None = None) -> Stored:
    """Read the array of an .npy file, or the one called `name` (by default the only one) of an .npz file.

    Raises InputError for other files, truncated ones and pickled objects, and for a missing array.
    """
    with _numpy_errors(path):
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            if name is not None:
                raise InputError(f"{path} holds one array without a name; remove '{name}', or give an .npz file")
            return Stored(str(path), _numeric(loaded, str(path)))
        with loaded:
            names = list(loaded.files)
            if name is None and len(names) != 1:
                raise InputError(f"{path} holds {len(names)} arrays: {', '.join(names)}; say which one to use")
            chosen = names[0] if name is None else name
            if chosen not in names:
                raise InputError(f"{path} has no array '{chosen}'; available: {', '.join(names)}")
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
                "it holds pickled Python objects, which could run code and are refused; save plain numbers"
                if numpy_magic
                else "it is not an .npy or .npz file; save the array with numpy.save"
            )
        else:
            reason = f"it is truncated or damaged ({error}); copy it again"
        raise InputError(f"{path} cannot be read: {reason}") from error


@contextmanager
def opened_hdf5(path: Path) -> Iterator[h5py.File]:
    """Open an HDF5 file; raises InputError for other or truncated files."""
    import hdf5plugin  # noqa: F401  # lets h5py read bitshuffle, LZ4, zstd …; takes 0.2 s

    try:
        file = h5py.File(path, "r")
    except OSError as error:
        reason = "it is truncated" if "truncated" in str(error) else "it is not an HDF5 file, or damaged"
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


def read_data_set(file: h5py.File, name: str) -> Stored:
    """Read one data set; an unreadable frame of 3-D data is recorded as missing.

    Raises InputError for an absent or unreadable data set, listing the available ones.
    """
    path = file.filename
    found = file.get(name)  # None also for a broken link
    if not isinstance(found, h5py.Dataset):
        there = _data_sets(file)
        listed = ", ".join(f"{other} {shape}" for other, shape in list(there.items())[:LISTED]) or "none"
        more = f" and {len(there) - LISTED} more" if len(there) > LISTED else ""
        what = "is a group, not a data set" if isinstance(found, h5py.Group) else f"is absent{lost_link(file, name)}"
        raise InputError(f"{path}: '{name}' {what}; available data sets: {listed}{more}")
    missing = _unlinked(found)
    try:
        array = np.asarray(found[()])
    except OSError as error:
        array, unread = _frame_by_frame(found)
        missing = {**unread, **missing}
        if len(missing) >= len(array):
            raise InputError(
                f"{path}: '{name}' is unreadable ({error}); the file is damaged, or compressed by a filter that "
                "is not installed"
            ) from error
    return Stored(f"{path}: {name}", _numeric(array, f"{path}: {name}"), _attributes(found), missing)


def _frame_by_frame(found: h5py.Dataset) -> tuple[np.ndarray[Any, Any], dict[int, str]]:
    """Read the readable frames of 3-D data: the array, and frame -> why it is missing."""
    if found.ndim != 3:
        return np.zeros(0), {}
    array, missing = np.zeros(found.shape, found.dtype), {}
    for frame in range(len(array)):
        try:
            array[frame] = found[frame]
        except OSError as error:
            missing[frame] = f"damaged: {error}"
    return array, missing


def _unlinked(found: h5py.Dataset) -> dict[int, str]:
    """Return the frames of a virtual data set whose files are absent; HDF5 would fill them silently."""
    missing: dict[int, str] = {}
    for source in found.virtual_sources() if found.is_virtual else ():
        file = Path(found.file.filename).parent / source.file_name
        if source.file_name != "." and not file.is_file():
            first, last = (int(corner[0]) for corner in source.vspace.get_select_bounds())
            missing |= dict.fromkeys(range(first, last + 1), f"{source.file_name} is not there")
    if found.is_virtual and len(missing) >= len(found):
        raise InputError(f"{found.file.filename}: {next(iter(missing.values()))}; copy it beside the file")
    return missing


def lost_link(group: h5py.Group, name: str) -> str:
    """Return part of a message that names the absent file of a broken link; "" for anything else."""
    link = group.get(name, getlink=True) if group.get(name) is None else None
    return f": it is a link to {link.filename}, which is not there" if isinstance(link, h5py.ExternalLink) else ""


def _attributes(found: h5py.Dataset) -> dict[str, Any]:
    """Return the attributes of a data set, and those inherited from its groups and the file."""
    attributes: dict[str, Any] = {}
    level: Any = found
    while True:
        attributes = {**dict(level.attrs), **attributes}
        beside = level.parent.get("fourier_sign")
        if isinstance(beside, h5py.Dataset) and beside.shape == ():
            attributes.setdefault("fourier_sign", beside[()])
        if level.name == "/":
            return attributes
        level = level.parent


def _numeric(array: np.ndarray[Any, Any], place: str) -> np.ndarray[Any, Any]:
    if array.dtype.kind not in "buifc":
        raise InputError(f"{place} holds {array.dtype}, not numbers; name another array")
    return array
