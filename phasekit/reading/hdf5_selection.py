"""The selections of virtual data sets as indices: what each part fills, and what of its source goes there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from phasekit.reading.hdf5_links import folders

VARIABLE = "HDF5_VDS_PREFIX"
UNLIMITED = h5py.h5s.UNLIMITED
PRINTF = re.compile("%[b%]")

Indices = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class Selection:
    """Voxels of an array, in order."""

    axes: tuple[Indices, ...] | None = None
    """Their indices are the product of these, one array per axis; None for an irregular selection."""
    flat: Indices | None = None
    """Flat indices of an irregular selection."""

    def flattened(self, shape: Sequence[int]) -> Indices:
        """Return flat indices into an array of this shape; raises IndexError beyond it."""
        if self.axes is None:
            return np.zeros(0, int) if self.flat is None else self.flat
        flat: Indices = np.ravel_multi_index(np.broadcast_arrays(*np.ix_(*self.axes)), tuple(shape)).ravel()
        return flat


@dataclass(frozen=True, eq=False)
class Mapping:
    """A part of a virtual data set and its source."""

    file: str
    """"." is the file of the virtual data set."""
    name: str
    virtual: Selection
    source: Selection | None
    """None: all of the source."""


def mappings(found: h5py.Dataset, shape: tuple[int, ...]) -> Iterator[Mapping]:
    """Yield the parts of a virtual data set of this shape, one per file of a series."""
    for part in found.virtual_sources():
        virtual = _selection(part.vspace, shape)
        axis, along = unlimited_axis(part.vspace), unlimited_axis(part.src_space)
        if axis is None or along is not None or virtual.axes is None:
            length = 0 if axis is None or virtual.axes is None else len(virtual.axes[axis])
            yield Mapping(spelt(part.file_name), spelt(part.dset_name), virtual, _source(part.src_space, length))
            continue
        start, stride, _, block = (extent[axis] for extent in part.vspace.get_regular_hyperslab())
        source = _source(part.src_space)
        for number, first in enumerate(range(start, shape[axis], stride)):
            axes = list(virtual.axes)
            axes[axis] = np.arange(first, min(first + block, shape[axis]))
            names = spelt(part.file_name, number), spelt(part.dset_name, number)
            yield Mapping(*names, Selection(tuple(axes)), source)


def shape_of_data(found: h5py.Dataset) -> tuple[int, ...]:
    """Return the shape; that of a virtual data set reaches to the last file of a series, beyond gaps too."""
    shape = list(found.shape or ())
    for part in found.virtual_sources() if found.is_virtual else ():
        axis = unlimited_axis(part.vspace)
        if axis is not None and unlimited_axis(part.src_space) is None:
            start, stride, _, block = (extent[axis] for extent in part.vspace.get_regular_hyperslab())
            if count := _blocks(found, part.file_name, part.dset_name):
                shape[axis] = max(shape[axis], start + (count - 1) * stride + block)
    return tuple(shape)


def spelt(name: str, number: int = 0) -> str:
    """Return a name with its block number in place of %b; %% is a percent sign."""
    return PRINTF.sub(lambda match: "%" if match[0] == "%%" else str(number), name)


def unlimited_axis(space: h5py.h5s.SpaceID) -> int | None:
    """Return the axis along which a selection has no end."""
    if space.get_select_type() == h5py.h5s.SEL_HYPERSLABS and space.is_regular_hyperslab():
        _, _, counts, blocks = space.get_regular_hyperslab()
        for axis, pair in enumerate(zip(counts, blocks, strict=True)):
            if UNLIMITED in pair:
                return axis
    return None


def _source(space: h5py.h5s.SpaceID, length: int = 0) -> Selection | None:
    return None if space.get_select_type() == h5py.h5s.SEL_ALL else _selection(space, length=length)


def _selection(space: h5py.h5s.SpaceID, shape: Sequence[int] = (), length: int = 0) -> Selection:
    """Return a selection; without an end, it has `length` indices or ends with `shape`."""
    kind = space.get_select_type()
    if kind == h5py.h5s.SEL_ALL:
        return Selection(tuple(np.arange(n) for n in shape or space.shape))
    if kind != h5py.h5s.SEL_HYPERSLABS or not space.is_regular_hyperslab():
        return Selection(flat=_flat(space, shape or space.shape))
    axes = []
    for axis, (start, stride, count, block) in enumerate(zip(*space.get_regular_hyperslab(), strict=True)):
        if UNLIMITED not in (count, block):
            axes.append(_repeated(start, stride, count, block))
            continue
        end = shape[axis] - start if shape else length
        if block == UNLIMITED:
            axes.append(start + np.arange(max(end, 0)))
            continue
        at = _repeated(start, stride, max(0, -(-end // (stride if shape else block))), block)
        axes.append(at[at < shape[axis]] if shape else at[:length])
    return Selection(tuple(axes))


def _repeated(start: int, stride: int, count: int, block: int) -> Indices:
    at: Indices = ((start + stride * np.arange(count))[:, None] + np.arange(block)).ravel()
    return at


def _flat(space: h5py.h5s.SpaceID, shape: Sequence[int]) -> Indices:
    """Return the flat indices of an irregular selection, in its order."""
    if space.get_select_type() == h5py.h5s.SEL_POINTS:
        points = np.asarray(space.get_select_elem_pointlist(), dtype=np.int64)
        flat: Indices = np.ravel_multi_index(tuple(points.T), tuple(shape))
        return flat
    selected = np.zeros(tuple(shape), bool)
    if space.get_select_type() == h5py.h5s.SEL_HYPERSLABS:
        for low, high in space.get_select_hyper_blocklist():
            selected[tuple(slice(int(a), int(b) + 1) for a, b in zip(low, high, strict=True))] = True
    return np.flatnonzero(selected)


def _blocks(found: h5py.Dataset, file: str, name: str) -> int:
    """Return how many blocks a series has: one more than the highest number that exists."""
    path = Path(found.file.filename)
    if "%b" in PRINTF.findall(file):
        numbers = {number for folder in folders(path, VARIABLE) for number in _numbers(folder, Path(file).parts)}
    else:
        group, _, last = name.rpartition("/")
        holder = found.file.get(group or "/") if file == "." else None
        there = holder if isinstance(holder, h5py.Group) else ()
        numbers = {int(match[1]) for other in there if (match := _pattern(last).fullmatch(other))}
    return max(numbers, default=-1) + 1


def _numbers(folder: Path, parts: Sequence[str], number: int | None = None) -> Iterator[int]:
    """Yield the block numbers of existing files, whose path below `folder` has these parts."""
    if not parts:
        yield from [] if number is None else [number]
        return
    if "%b" not in PRINTF.findall(parts[0]) or number is not None:
        inner = folder / spelt(parts[0], number or 0)
        yield from _numbers(inner, parts[1:], number) if inner.exists() else ()
        return
    for inner in folder.iterdir() if folder.is_dir() else ():
        if match := _pattern(parts[0]).fullmatch(inner.name):
            yield from _numbers(inner, parts[1:], int(match[1]))


def _pattern(name: str) -> re.Pattern[str]:
    """Return a pattern for the names of a series, whose first group is the number."""
    pieces = [re.escape(spelt(piece)) for piece in re.split("((?:%%)+|%b)", name)]
    marks = re.findall("((?:%%)+|%b)", name)
    text = pieces[0]
    for mark, piece in zip(marks, pieces[2::2], strict=True):
        text += (("(\\d+)" if "(\\d+)" not in text else "\\1") if mark == "%b" else "%" * (len(mark) // 2)) + piece
    return re.compile(text)
