"""Read arrays from HDF5 files: the one layer for every source. Every failure becomes a clear message."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from phasekit.reading.conventions import PROGRAM, WRITTEN_BY
from phasekit.reading.hdf5_box import Box, Region, whole
from phasekit.reading.hdf5_file import hdf5_errors, opened_hdf5
from phasekit.reading.hdf5_links import DataSets, Found, followed, listed, where_to_copy
from phasekit.reading.hdf5_selection import shape_of_data
from phasekit.reading.hdf5_virtual import read_region
from phasekit.reading.matlab import as_numbers, check_matlab, is_matlab, matlab_note, turned, turned_box
from phasekit.reading.numbered_blocks import NUMBERED, Series, series, shortened
from phasekit.reading.stored import LISTED, Stored, numeric
from phasekit.runtime.errors import InputError

__all__ = ["is_there", "opened_hdf5", "read_data_set", "read_hdf5", "shape_of_data_set"]

LOOKED_AT = 10 * LISTED
"""Data sets that are looked at to list them in a message."""


def read_hdf5(path: Path, wanted: Callable[[Mapping[str, tuple[int, ...]]], Mapping[str, str]]) -> dict[str, Stored]:
    """Read data sets of one file: role -> stored array.

    `wanted` is given the available data sets, name -> shape, and returns role -> name. Raises InputError for a file
    that is not HDF5, is damaged or is being written, and for a missing data set, listing the available ones.
    """
    with opened_hdf5(path) as file:
        return {role: read_data_set(file, name) for role, name in wanted(DataSets(file)).items()}


def shape_of_data_set(file: h5py.File, name: str) -> tuple[int, ...] | None:
    """Return the shape that `read_data_set` would give; None if there is no such data set, or it cannot be read."""
    try:
        with _opened(file, name) as source:
            return source.shape
    except InputError:
        return None


def is_there(file: h5py.File, name: str) -> bool:
    """Return whether something has this name, be it a link to what is absent."""
    with followed(file, name) as found:
        return found.item is not None or bool(found.lost)


def read_data_set(file: h5py.File, name: str, region: Sequence[slice] = ()) -> Stored:
    """Read one data set, behind any link, or the numbered blocks of a group as one.

    `region` selects a part of the last axes, from `start` to before `stop`; only that is read from disk, as far as
    the chunks of the file allow. What the file does not hold is recorded: a frame of 3-D data in `missing`, other
    voxels in `absent`. Raises InputError for an absent or unreadable data set, listing the available ones.
    """
    with _opened(file, name) as source, hdf5_errors(source.place):
        return source.read(region)


class _Source:
    """A data set, or numbered blocks, as an array of phasekit's axes."""

    def __init__(self, item: h5py.Dataset | Series, place: str, swmr: bool, more: Sequence[str]) -> None:
        self.item, self.place, self._more = item, place, more
        self._swmr = swmr
        self.matlab = isinstance(item, h5py.Dataset) and is_matlab(item)
        shape = item.shape if isinstance(item, Series) else shape_of_data(item)
        self.shape: tuple[int, ...] = turned(shape) if self.matlab else shape

    def read(self, wanted: Sequence[slice]) -> Stored:
        """Read a region of the last axes."""
        self._check()
        region = self._region(wanted)
        if isinstance(self.item, Series):
            box, attributes = self.item.read(region), _attributes(self.item.group)
        else:
            box = read_region(self.item, turned(region) if self.matlab else region, self.item.dtype)
            attributes = _attributes(self.item)
        if self.matlab:
            box = _vector(turned_box(box))
        array = numeric(as_numbers(box.array), self.place)
        return _stored(self.place, Box(array, box.labels, box.reasons), attributes, tuple(self._notes()))

    def _check(self) -> None:
        """Raise InputError for what is not an array of numbers."""
        if isinstance(self.item, Series):
            return
        if self.item.shape is None:
            raise InputError(f"{self.place} is empty; name another array")
        if self.matlab:
            check_matlab(self.item, self.place)
        numeric(as_numbers(np.zeros(0, self.item.dtype)), self.place)
        if 0 in self.shape:
            raise InputError(f"{self.place} has shape {self.shape}: nothing has been written yet")

    def _region(self, wanted: Sequence[slice]) -> Region:
        if len(self.shape) < len(wanted) or len(self.shape) < 2:
            return whole(self.shape)
        last = len(self.shape) - len(wanted)
        for part, n in zip(wanted, self.shape[last:], strict=True):
            if not 0 <= part.start < part.stop <= n:
                raise InputError(
                    f"{self.place} has shape {self.shape}; the region {part.start} to {part.stop} is not inside"
                )
        return (*whole(self.shape[:last]), *(slice(part.start, part.stop) for part in wanted))

    def _notes(self) -> Iterator[str]:
        if self.matlab and len(self.shape) > 2:
            yield matlab_note(self.place, self.shape)
        if self._swmr:
            yield f"{self.place} is still being written: what had been written was read"
        yield from self._more


def _siblings(file: h5py.File, name: str) -> list[str]:
    """Note that a data set is one of several numbered blocks."""
    group, _, mine = name.strip("/").rpartition("/")
    if not NUMBERED.fullmatch(mine):
        return []
    try:
        with followed(file, group or "/") as found:
            several = series(found.item) if isinstance(found.item, h5py.Group) else None
    except InputError:
        return []
    names = [] if several is None else [block.name for block in several.blocks]
    if len(names) < 2 or mine not in names:
        return []
    where = f"'{group}'" if group else "'/'"
    return [
        f"{file.filename}: {name} is one of {len(names)} numbered blocks; the group {where} as data set is all of "
        "them, as one scan"
    ]


@contextmanager
def _opened(file: h5py.File, name: str) -> Iterator[_Source]:
    """Open what a name leads to; raises InputError for what is no data."""
    with followed(file, name) as found:
        with hdf5_errors(f"{file.filename}: '{name}'"):
            item = series(found.item) if isinstance(found.item, h5py.Group) else found.item
            if item is None:
                raise InputError(_absent(file, name, found))
            owner = item.group.file if isinstance(item, Series) else item.file
            swmr = bool(file.swmr_mode or owner.swmr_mode)
            source = _Source(item, f"{file.filename}: {name}", swmr, _siblings(file, name))
        yield source


def _absent(file: h5py.File, name: str, found: Found) -> str:
    """Say that a data set is absent, and which ones are available."""
    names = list(islice(listed(file), LOOKED_AT))
    lines = shortened(names)
    shown = ", ".join(lines[:LISTED]) or "none"
    more = f" and {len(lines) - LISTED} more" if len(lines) > LISTED else ""
    what = "is a group, not a data set" if found.item is not None else f"is absent{found.lost}"
    return f"{file.filename}: '{name}' {what}; available data sets: {shown}{more}"


def _stored(place: str, box: Box, attributes: Mapping[str, Any], notes: tuple[str, ...]) -> Stored:
    """Return a box as stored array; raises InputError if all of it is absent."""
    array, labels = box.array, box.labels
    if labels is None:
        return Stored(place, array, attributes, notes=notes)
    if labels.all():
        raise InputError(f"{place} cannot be read: {_why(box.reasons)}")
    missing: dict[int, str] = {}
    absent = labels != 0
    if array.ndim in (1, 3):
        rows = absent.reshape(len(array), -1).all(axis=1)
        missing = {int(k): box.reasons[labels[k].flat[0] - 1] for k in np.flatnonzero(rows)}
        absent[rows] = False
    if array.ndim == 1:
        array = array.astype(np.result_type(array.dtype, np.float32))
        array[list(missing)] = np.nan
    for number, reason in enumerate(box.reasons, 1):
        if count := int((absent & (labels == number)).sum()):
            notes = (*notes, f"{place}: {count} voxels are missing ({reason}): left untrusted")
    return Stored(place, array, attributes, missing, absent if absent.any() else None, notes)


def _why(reasons: Sequence[str]) -> str:
    """Return why nothing can be read, and what to do."""
    first = reasons[0]
    if first.endswith(" is not there"):
        return f"{first}{where_to_copy(first.removesuffix(' is not there'))}"
    if first.startswith("damaged: "):
        return f"all of it is {first}; copy it again"
    return first


def _vector(box: Box) -> Box:
    """Return a vector of MATLAB, a matrix of one row or column, with one axis."""
    if box.array.ndim != 2 or 1 not in box.array.shape:
        return box
    return Box(box.array.ravel(), None if box.labels is None else box.labels.ravel(), box.reasons)


def _attributes(found: h5py.Dataset | h5py.Group) -> dict[str, Any]:
    """Return the attributes of a data set, and those inherited from its groups and the file."""
    attributes: dict[str, Any] = {}
    level: Any = found
    while True:
        for key in level.attrs:
            try:
                attributes.setdefault(key, level.attrs[key])
            except (OSError, RuntimeError, TypeError, ValueError):  # of a type that numpy does not know
                continue
        for name, key in (("fourier_sign", "fourier_sign"), (PROGRAM, WRITTEN_BY)):
            with followed(level.parent, name) as beside:
                if isinstance(beside.item, h5py.Dataset) and beside.item.shape == ():
                    attributes.setdefault(key, beside.item[()])
        if level.name == "/":
            return attributes
        level = level.parent
