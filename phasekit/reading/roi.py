"""A region of the detector's picture, read without the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import h5py
from pydantic import AfterValidator, Field

from phasekit.reading.hdf5 import read_data_set, shape_of_data_set
from phasekit.reading.per_axis import Index
from phasekit.reading.stored import Stored
from phasekit.runtime.errors import InputError

Roi = tuple[int, int, int, int]
"""First row, row after the last, first column, column after the last."""
PLACE = "source.roi"


def _not_empty(roi: Roi) -> Roi:
    if roi[0] >= roi[1] or roi[2] >= roi[3]:
        raise ValueError(
            "should be [first row, row after the last, first column, column after the last], the end above the "
            f"first, got {list(roi)}"
        )
    return roi


RoiOption = Annotated[
    Annotated[tuple[Index, Index, Index, Index], AfterValidator(_not_empty)] | None,
    Field(
        description="Region of the picture to read: [first row, row after the last, first column, column after the "
        "last]; by default all of it. Masks and corrections of the whole picture are cut alike; all other indices "
        "are those of the region."
    ),
]


def picture_of(shape: Sequence[int] | None, roi: Roi | None, place: str) -> tuple[int, int] | None:
    """Return (rows, columns) of the frames, from the shape of the counts; raises InputError if `roi` is not inside."""
    if shape is None or len(shape) < 2:
        return None
    rows, columns = shape[-2:]
    if roi is not None and (roi[1] > rows or roi[3] > columns):
        raise InputError(
            f"roi {list(roi)} reaches beyond the frames of {place}, which have {rows} rows and {columns} columns; give "
            f"a part of [0, {rows}, 0, {columns}]",
            PLACE,
        )
    return rows, columns


def slices(roi: Roi | None) -> tuple[slice, ...]:
    """Return the region of rows and columns for `read_data_set`; () for all."""
    return () if roi is None else (slice(roi[0], roi[1]), slice(roi[2], roi[3]))


def read_within(file: h5py.File, name: str, roi: Roi | None, picture: tuple[int, int] | None) -> Stored:
    """Read a data set, of it only `roi` if its frames are whole pictures."""
    shape = shape_of_data_set(file, name) if roi is not None else None
    whole = shape is not None and len(shape) > 1 and tuple(shape[-2:]) == picture
    return read_data_set(file, name, slices(roi) if whole else ())


def cut(stored: Stored | None, roi: Roi | None, picture: tuple[int, int] | None) -> Stored | None:
    """Return `roi` of an array of whole pictures; another array as it is."""
    if stored is None or roi is None or stored.array.ndim < 2 or stored.array.shape[-2:] != picture:
        return stored
    part: tuple[Any, ...] = (..., *slices(roi))
    absent = None if stored.absent is None else stored.absent[part]
    return replace(stored, array=stored.array[part], absent=absent)


def shifted(angles_at: Sequence[float | None], roi: Roi | None) -> tuple[float | None, float | None, float | None]:
    """Return the voxel that the angles belong to, (frame, row, column), as an index of the region."""
    frame, row, column = angles_at
    first_row, first_column = (0, 0) if roi is None else (roi[0], roi[2])
    return frame, None if row is None else row - first_row, None if column is None else column - first_column


def refuse_roi(roi: Roi | None, truth: object, order: str) -> None:
    """Raise InputError for what cannot be cut: a known object, and data with zero frequency first."""
    if roi is not None and truth is not None:
        raise InputError(
            "the truth is the object of the whole picture, not of a region; remove roi, or truth", "source"
        )
    if roi is not None and order == "fft":
        raise InputError(
            "roi needs zero frequency at the centre of the picture; remove roi and use the step crop", "source"
        )
