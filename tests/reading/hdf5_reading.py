"""Reads one data set of an HDF5 file, or returns the sentence that refuses it."""

from __future__ import annotations

from pathlib import Path

import pytest

from phasekit import InputError
from phasekit.reading.hdf5 import read_data_set
from phasekit.reading.hdf5_file import opened_hdf5
from phasekit.reading.stored import Stored


def read(path: Path, name: str = "data", region: tuple[slice, ...] = ()) -> Stored:
    """Read a data set, or a region of it."""
    with opened_hdf5(path) as file:
        return read_data_set(file, name, region)


def refused(path: Path, name: str = "data", region: tuple[slice, ...] = ()) -> str:
    """Return why it is not read."""
    with pytest.raises(InputError) as caught:
        read(path, name, region)
    return str(caught.value)
