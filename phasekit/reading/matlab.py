"""Arrays of MATLAB 7.3 files, which HDF5 holds with their axes in reverse."""

from __future__ import annotations

from typing import Any

import h5py
import numpy as np

from phasekit.reading.hdf5_box import Box, Region
from phasekit.runtime.errors import InputError

COMPLEX = {("real", "imag"), ("re", "im"), ("r", "i")}
"""Names of the two parts of complex numbers, in lower case."""


def is_matlab(found: h5py.Dataset) -> bool:
    """Return whether MATLAB or Octave wrote a data set, so that its axes are in reverse."""
    return "MATLAB_class" in found.attrs or "OCTAVE_NEW_FORMAT" in found.parent.attrs


def check_matlab(found: h5py.Dataset, place: str) -> None:
    """Raise InputError for what is not an array of numbers."""
    kind = found.attrs.get("MATLAB_class", b"double")
    name = kind.decode(errors="replace") if isinstance(kind, bytes) else str(kind)
    if "MATLAB_empty" in found.attrs:
        raise InputError(f"{place} is an empty array of MATLAB; name another array")
    if name in ("char", "cell", "struct", "function_handle"):
        raise InputError(f"{place} is of MATLAB's class {name}, not numbers; name another array")


def turned(shape: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return what belongs to each axis, after MATLAB's rows × columns × frames became (frames, rows, columns).

    It is its own inverse.
    """
    return (*shape[:-2], shape[-1], shape[-2]) if len(shape) > 1 else shape


def turned_box(box: Box) -> Box:
    """Return the array with axes (frames, rows, columns)."""
    if box.array.ndim < 2:
        return box
    labels = None if box.labels is None else box.labels.swapaxes(-1, -2)
    return Box(np.ascontiguousarray(box.array.swapaxes(-1, -2)), labels, box.reasons)


def turned_region(region: Region) -> Region:
    """Return the region of the data set that holds a region of the array as read."""
    return turned(region)


def matlab_note(place: str, shape: tuple[int, ...]) -> str:
    """Say how the axes of an array, of this shape as read, were taken."""
    size = " × ".join(str(n) for n in (*shape[-2:], *reversed(shape[:-2])))
    return (
        f"{place} is an array of MATLAB of size {size}, taken as rows × columns × frames; if its axes are others, "
        "bring them into this order in MATLAB with permute"
    )


def as_numbers(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return complex numbers for a compound of two parts, as MATLAB stores them; other arrays as they are."""
    names = array.dtype.names
    if names is None or tuple(name.lower() for name in names) not in COMPLEX:
        return array
    real, imag = (array[name] for name in names)
    if real.dtype.kind not in "buif" or imag.dtype.kind not in "buif":
        return array
    values = np.empty(array.shape, np.result_type(real.dtype, np.complex64))
    values.real, values.imag = real, imag
    return values
