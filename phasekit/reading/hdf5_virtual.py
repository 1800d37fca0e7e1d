"""Read virtual data sets from their source files, also those of which a part is absent.

HDF5 fills what it does not find without a word, and cuts a series of files at the first gap. Here every part is read
from its own file, to the bottom, and what is absent is labelled with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from phasekit.reading.hdf5_box import Box, Labels, Region, Target, read_box, shape_of, whole
from phasekit.reading.hdf5_file import hdf5_errors, opened_hdf5
from phasekit.reading.hdf5_links import followed, source_file
from phasekit.reading.hdf5_selection import VARIABLE, Indices, Mapping, Selection, mappings, shape_of_data
from phasekit.runtime.errors import InputError

UNMAPPED = "no file is named for it"
DEEPEST = 16
"""Virtual data sets of virtual data sets, before they count as a circle."""


def read_region(found: h5py.Dataset, region: Region, dtype: np.dtype[Any], depth: int = 0, out: Target = None) -> Box:
    """Read a region of any data set as `dtype`, into `out` if given, unless it is virtual.

    Raises InputError and errors of h5py if nothing can be read.
    """
    if not found.is_virtual:
        return read_box(found, region, dtype, out)
    if depth > DEEPEST:
        raise InputError("virtual data sets lead to each other in a circle")
    shape = shape_of_data(found)
    parts = list(mappings(found, shape))
    array = np.zeros(shape_of(region), dtype)
    goal = _Goal(array, Labels(array.shape), region, shape, depth)
    if not _covered(parts, shape):
        goal.labels.mark(..., UNMAPPED)
    for file, of_file in groupby(parts, lambda part: part.file):
        with ExitStack() as files:
            source, why = _opened(found, file, files)
            for part in of_file:
                goal.fill(part, source, why)
    return goal.labels.box(goal.array)


def _opened(found: h5py.Dataset, name: str, files: ExitStack) -> tuple[h5py.Group | None, str]:
    """Return the source file of a virtual data set, or None and why it cannot be used."""
    if name == ".":
        return found.file["/"], ""
    path = source_file(name, Path(found.file.filename), VARIABLE)
    if path is None:
        return None, f"{name} is not there"
    try:
        return files.enter_context(opened_hdf5(path))["/"], ""
    except InputError as error:
        return None, str(error)


def _covered(parts: Sequence[Mapping], shape: tuple[int, ...]) -> bool:
    """Return whether the parts surely fill everything, as boxes or as whole frames."""
    axes = [part.virtual.axes for part in parts if part.virtual.axes is not None]
    if axes and all(_is_range(at) for of_part in axes for at in of_part):
        return _boxes_cover(np.array([[(at[0], at[-1] + 1) for at in of_part] for of_part in axes]), shape)
    frames = np.zeros(shape[:1], bool)
    for of_part in axes:
        if all(len(np.unique(at)) == n for at, n in zip(of_part[1:], shape[1:], strict=True)):
            frames[of_part[0]] = True
    return bool(frames.all())


def _boxes_cover(boxes: Indices, shape: tuple[int, ...]) -> bool:
    """Return whether boxes, (boxes, axes, first and end), fill an array."""
    cuts = [np.unique([0, n, *boxes[:, axis].ravel()]) for axis, n in enumerate(shape)]
    filled = np.zeros([len(cut) - 1 for cut in cuts], bool)
    for box in boxes:
        filled[tuple(slice(*np.searchsorted(cut, ends)) for cut, ends in zip(cuts, box, strict=True))] = True
    return bool(filled.all())


@dataclass(frozen=True, eq=False)
class _Goal:
    """The region of a virtual data set, while it is filled."""

    array: np.ndarray[Any, Any]
    labels: Labels
    region: Region
    shape: tuple[int, ...]
    """Of the whole data set."""
    depth: int

    def fill(self, part: Mapping, source: h5py.Group | None, why: str) -> None:
        """Fill in one part, or label it."""
        place, _ = self._inside(part.virtual)
        if _is_empty(place):
            return
        if source is None:
            self.labels.mark(place, why)
            return
        with followed(source, part.name) as found:
            item = found.item
            if not isinstance(item, h5py.Dataset):
                lost = found.lost or (" is absent" if item is None else " is a group")
                self.labels.mark(place, f"'{part.name}'{lost} in {part.file}")
                return
            try:
                with hdf5_errors(f"'{part.name}' in {part.file}"):
                    self._copy(part, item)
            except InputError as error:
                self.labels.mark(place, str(error))

    def _copy(self, part: Mapping, item: h5py.Dataset) -> None:
        there = shape_of_data(item)
        virtual, source = part.virtual, _whole_of(part, there)
        pairs = None if virtual.axes is None or source.axes is None else _pairs(virtual.axes, source.axes)
        if pairs is None or virtual.axes is None or source.axes is None:
            self._copy_flat(part, item, source.flattened(there))
            return
        place, inside = self._inside(virtual)
        sources = list(source.axes)
        for axis, pair in enumerate(pairs):
            if pair is not None:
                sources[pair] = sources[pair][inside[axis]]
        kept = [at < n for at, n in zip(sources, there, strict=True)]
        if not all(part_kept.all() for part_kept in kept):
            self.labels.mark(place, f"'{part.name}' in {part.file} ends before it")
            targets = [at[within] for at, within in zip(virtual.axes, inside, strict=True)]
            targets = [at if pair is None else at[kept[pair]] for at, pair in zip(targets, pairs, strict=True)]
            place, _ = self._inside(Selection(tuple(targets)))
            sources = [at[within] for at, within in zip(sources, kept, strict=True)]
        if _is_empty(place) or not all(len(at) for at in sources):
            return
        box_region = tuple(slice(int(at.min()), int(at.max()) + 1) for at in sources)
        straight = all(_is_range(at) for at in (*sources, *virtual.axes)) and _shape_at(place) == shape_of(box_region)
        out = (self.array, place) if straight else None
        box = read_region(item, box_region, self.array.dtype, self.depth + 1, out)
        taken = _index([at - of.start for at, of in zip(sources, box_region, strict=True)])
        self._put(place, box, taken)

    def _copy_flat(self, part: Mapping, item: h5py.Dataset, sources: Indices) -> None:
        """Copy voxel by voxel, where the axes of both sides do not go along each other."""
        box = read_region(item, whole(shape_of_data(item)), self.array.dtype, self.depth + 1)
        place, inside = self._inside(Selection(flat=part.virtual.flattened(self.shape)))
        labels = None if box.labels is None else box.labels.reshape(-1)
        self._put(place, Box(box.array.reshape(-1), labels, box.reasons), sources[inside[0]])

    def _put(self, place: Any, box: Box, taken: Any) -> None:
        shape = _shape_at(place)
        if not np.may_share_memory(box.array, self.array):
            self.array[place] = box.array[taken].reshape(shape)
        self.labels.take(place, box, None if box.labels is None else box.labels[taken].reshape(shape))

    def _inside(self, selection: Selection) -> tuple[Any, list[Indices]]:
        """Return numpy's index into the region, and which indices of the selection it keeps (per axis)."""
        starts = [part.start for part in self.region]
        if selection.axes is None:
            points = np.stack(np.unravel_index(selection.flattened(self.shape), self.shape))
            kept = np.ones(points.shape[1], bool)
            for at, part in zip(points, self.region, strict=True):
                kept &= (at >= part.start) & (at < part.stop)
            return tuple(at[kept] - start for at, start in zip(points, starts, strict=True)), [kept]
        inside = [(at >= part.start) & (at < part.stop) for at, part in zip(selection.axes, self.region, strict=True)]
        axes = [at[within] - start for at, within, start in zip(selection.axes, inside, starts, strict=True)]
        return _index(axes), inside


def _index(axes: Sequence[Indices]) -> Any:
    """Return an index of numpy for the product of indices: slices where all of them are ranges."""
    if all(_is_range(at) for at in axes):
        return tuple(slice(int(at[0]), int(at[-1]) + 1) for at in axes)
    return np.ix_(*axes)


def _shape_at(place: Any) -> tuple[int, ...]:
    """Return the shape of what an index of numpy selects: slices, or arrays that broadcast."""
    if all(isinstance(at, slice) for at in place):
        return tuple(at.stop - at.start for at in place)
    return np.broadcast_shapes(*(at.shape for at in place))


def _is_range(at: Indices) -> bool:
    """Return whether indices, which always increase, have no gaps."""
    return len(at) > 0 and int(at[-1] - at[0]) == len(at) - 1


def _is_empty(place: Any) -> bool:
    return any(not isinstance(at, slice) and at.size == 0 for at in place)


def _whole_of(part: Mapping, there: tuple[int, ...]) -> Selection:
    """Return the selection in the source; all of it has as many voxels as it fills, along each axis."""
    if part.source is not None:
        return part.source
    axes = part.virtual.axes or ()
    lengths = [len(at) for at in axes]
    if len(lengths) > len(there):
        lengths = [n for n in lengths if n != 1]
    return Selection(tuple(np.arange(n) for n in (lengths if len(lengths) == len(there) else there)))


def _pairs(virtual: Sequence[Indices], sources: Sequence[Indices]) -> list[int | None] | None:
    """Return, for each virtual axis, the axis of the source that goes along it, None for axes of one index.

    Returns None if the axes of both sides do not go along each other.
    """
    if [len(at) for at in virtual if len(at) != 1] != [len(at) for at in sources if len(at) != 1]:
        return None
    along = iter([axis for axis, at in enumerate(sources) if len(at) != 1])
    return [None if len(at) == 1 else next(along) for at in virtual]
