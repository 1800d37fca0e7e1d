"""Frames of a ptychography scan, between which the sample is shifted, are no rocking curve."""

from __future__ import annotations

import h5py
import numpy as np

from phasekit.reading.hdf5 import read_data_set, shape_of_data_set
from phasekit.reading.stored import Stored
from phasekit.runtime.errors import InputError

PLACES = (
    "entry_1/data_1/translation",
    "entry_1/sample_1/geometry_1/translation",
    "entry_1/instrument_1/detector_1/translation",
)
"""Where CXI has the place of the sample for each frame."""


def refuse_translations(file: h5py.File, counts: Stored) -> None:
    """Raise InputError if the sample was somewhere else in each of the frames of 3-D data."""
    if counts.array.ndim != 3 or len(counts.array) < 2:
        return
    for place in PLACES:
        shape = shape_of_data_set(file, place)
        if shape is None or len(shape) != 2 or shape[0] != len(counts.array):
            continue
        shifts = np.asarray(read_data_set(file, place).array, dtype=np.float64)
        if np.ptp(shifts, axis=0).any():
            raise InputError(
                f"{counts.place} holds the {len(shifts)} frames of a ptychography scan: {place} shifts the sample "
                "between them. They are no 3-D intensity of one rocking curve, and ptychography is not supported; use "
                "a program for ptychography, or name the data set of a rocking curve or of a single frame",
                "source.path",
            )
