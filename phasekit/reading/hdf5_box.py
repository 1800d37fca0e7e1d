"""Read a box of a data set that is not virtual; voxels that the file does not hold are labelled with the reason."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np

from phasekit.reading.hdf5_raw import raw_data
from phasekit.runtime.errors import InputError

Target = tuple[np.ndarray[Any, Any], Any] | None
"""Where to put what is read: a contiguous array, and the index of a part of the shape of what is read."""
Region = tuple[slice, ...]
"""One slice per axis, with start and stop; the step is 1."""
UNWRITTEN = "never written"


@dataclass(frozen=True, eq=False)
class Box:
    """A box of a data set, with what is absent in it."""

    array: np.ndarray[Any, Any]
    labels: np.ndarray[Any, Any] | None = None
    """uint16, the array's shape: 0 where the file holds the voxel, else n for `reasons[n - 1]`; None: all 0."""
    reasons: tuple[str, ...] = ()


class Labels:
    """Labels in the making: the array is made when the first voxel is labelled."""

    def __init__(self, shape: Sequence[int]) -> None:
        self.shape = tuple(shape)
        self.array: np.ndarray[Any, Any] | None = None
        self.reasons: list[str] = []

    def mark(self, where: Any, reason: str) -> None:
        """Label the voxels that an index of numpy selects."""
        self._made()[where] = self._number(reason)

    def take(self, where: Any, box: Box, part: np.ndarray[Any, Any] | None) -> None:
        """Label the voxels that an index of numpy selects as `part`, which are labels of `box`; None: none."""
        if part is None:
            if self.array is not None:
                self.array[where] = 0
            return
        numbers = np.array([0, *(self._number(reason) for reason in box.reasons)], np.uint16)
        self._made()[where] = numbers[part]

    def box(self, array: np.ndarray[Any, Any]) -> Box:
        """Return the array with these labels."""
        some = self.array is not None and bool(self.array.any())
        return Box(array, self.array if some else None, tuple(self.reasons))

    def _made(self) -> np.ndarray[Any, Any]:
        if self.array is None:
            self.array = np.zeros(self.shape, np.uint16)
        return self.array

    def _number(self, reason: str) -> int:
        if reason not in self.reasons and len(self.reasons) < np.iinfo(np.uint16).max:
            self.reasons.append(reason)
        return self.reasons.index(reason) + 1 if reason in self.reasons else len(self.reasons)


def whole(shape: Sequence[int]) -> Region:
    """Return the region that is everything."""
    return tuple(slice(0, n) for n in shape)


def shape_of(region: Region) -> tuple[int, ...]:
    """Return the shape of a region."""
    return tuple(part.stop - part.start for part in region)


def read_box(found: h5py.Dataset, region: Region, dtype: np.dtype[Any], out: Target = None) -> Box:
    """Read a region of a data set that is not virtual, as `dtype`, into `out` if given.

    Raises InputError for a filter that is not installed and a raw file that is absent, OSError for a damaged number.
    """
    labels = Labels(shape_of(region))
    raw = raw_data(found)
    if raw is not None:
        part = raw[region].astype(dtype)
        if out is None:
            return labels.box(part)
        out[0][out[1]] = part
        return labels.box(out[0][out[1]])
    _label_unwritten(found, region, labels)
    source = found if found.dtype == dtype else found.astype(dtype)
    try:
        if out is None or not region:
            return labels.box(np.asarray(source[region]))
        found.read_direct(out[0], region, out[1])
        return labels.box(out[0][out[1]])
    except (OSError, RuntimeError):
        _check_filters(found)
        if not region:
            raise
        return _piece_by_piece(found, source, region, dtype, labels)


def _piece_by_piece(found: h5py.Dataset, source: Any, region: Region, dtype: np.dtype[Any], labels: Labels) -> Box:
    """Read the chunks, or the frames, that can be read."""
    array = np.zeros(shape_of(region), dtype)
    first = region[0]
    pieces = (
        list(found.iter_chunks(region))
        if found.chunks
        else [(slice(k, k + 1), *region[1:]) for k in range(first.start, first.stop)]
    )
    for piece in pieces:
        place = tuple(
            slice(part.start - of.start, part.stop - of.start) for part, of in zip(piece, region, strict=True)
        )
        try:
            array[place] = source[piece]
        except (OSError, RuntimeError) as error:
            labels.mark(place, f"damaged: {error}")
    return labels.box(array)


def _label_unwritten(found: h5py.Dataset, region: Region, labels: Labels) -> None:
    """Label what was never written; HDF5 would return the fill value."""
    if 0 in found.shape:
        return
    if found.chunks is None:
        layout = found.id.get_create_plist().get_layout()
        if layout == h5py.h5d.CONTIGUOUS and not found.external and found.id.get_offset() is None:
            labels.mark(..., UNWRITTEN)
        return
    grid = tuple(math.ceil(n / part) for n, part in zip(found.shape, found.chunks, strict=True))
    if found.id.get_num_chunks() == math.prod(grid):
        return
    written = np.zeros(grid, bool)

    def note(chunk: h5py.h5d.StoreInfo) -> None:
        written[tuple(at // part for at, part in zip(chunk.chunk_offset, found.chunks, strict=True))] = True

    found.id.chunk_iter(note)
    chunks = [np.arange(at.start, at.stop) // part for at, part in zip(region, found.chunks, strict=True)]
    unwritten = ~written[np.ix_(*chunks)]
    if unwritten.any():
        labels.mark(unwritten, UNWRITTEN)


def _check_filters(found: h5py.Dataset) -> None:
    """Raise InputError for a filter that is not installed."""
    created = found.id.get_create_plist()
    for number in range(created.get_nfilters()):
        code, _, _, name = created.get_filter(number)
        if not h5py.h5z.filter_avail(code):
            title = name.decode(errors="replace").split(";")[0].strip() or "without a name"
            raise InputError(
                f"{found.file.filename}: '{found.name}' is compressed by the filter {code} ({title}), which is not "
                "installed; install the newest hdf5plugin, or store the data by another filter: h5repack -f GZIP=1"
            )
