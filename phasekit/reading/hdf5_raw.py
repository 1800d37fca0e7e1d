"""Data sets whose bytes are in raw files beside the HDF5 file.

HDF5 looks for such files in the working folder, and returns zeros for what they lack.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from phasekit.reading.hdf5_links import source_file, where_to_copy
from phasekit.runtime.errors import InputError

VARIABLE = "HDF5_EXTFILE_PREFIX"


def raw_data(found: h5py.Dataset) -> np.ndarray[Any, Any] | None:
    """Return the whole of a data set that is in raw files, read when indexed if it is in one file.

    None if it is in none, or of a type that numpy stores otherwise. Raises InputError for a file that is absent or too
    short.
    """
    if not found.external:
        return None
    pieces = _pieces(found)
    dtype = found.dtype
    if dtype.hasobject or dtype.itemsize != found.id.get_type().get_size() or not found.nbytes:
        return None
    parts = [np.memmap(file, np.uint8, "r", offset, (size,)) for file, offset, size in pieces]
    whole: np.ndarray[Any, Any] = parts[0] if len(parts) == 1 else np.concatenate(parts)
    typed: np.ndarray[Any, Any] = whole.view(dtype).reshape(found.shape)
    return typed


def _pieces(found: h5py.Dataset) -> list[tuple[Path, int, int]]:
    """Return files with first byte and number of bytes, as far as the data go."""
    path, left, pieces = Path(found.file.filename), found.nbytes, []
    for name, offset, size in found.external:
        needed = left if size == h5py.h5f.UNLIMITED else min(size, left)
        if not needed:
            break
        file = source_file(name, path, VARIABLE)
        if file is None or file.stat().st_size < offset + needed:
            what = "is not there" if file is None else "is truncated"
            raise InputError(f"{path}: '{found.name}' is stored in {name}, which {what}{where_to_copy(name)}")
        pieces.append((file, offset, needed))
        left -= needed
    return pieces
