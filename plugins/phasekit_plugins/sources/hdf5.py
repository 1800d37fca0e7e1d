"""The HDF5 source."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from phasekit import InputFile
from phasekit.reading.array_source import ArraySource
from phasekit.reading.arrays import Arrays
from phasekit.reading.hdf5 import opened_hdf5, shape_of_data_set
from phasekit.reading.rocking_positions import PositionsName, even_positions
from phasekit.reading.roi import RoiOption, picture_of, read_within, refuse_roi


class Hdf5(ArraySource):
    """Reads counts from an HDF5 file (NeXus, CXI …) with any names of data sets.

    Files are centred: the peak is at n//2 or is moved there. 3-D data have axes (rocking, detector row, column).
    """

    name: Literal["hdf5"] = "hdf5"
    path: InputFile = Field(description="The file.")
    dataset: str = Field("intensity", min_length=1, description="Data set with the raw counts.")
    valid: str | None = Field(
        None,
        min_length=1,
        description="Data set with the mask of trusted voxels, in the sense of valid_means.",
    )
    flat_field: str | None = Field(
        None,
        min_length=1,
        description="Data set with the relative sensitivity, of one frame or all, for the step flat-field.",
    )
    monitor: str | None = Field(
        None,
        min_length=1,
        description="Data set with the incident intensity per frame, for the step monitor.",
    )
    dark: str | None = Field(
        None, min_length=1, description="Data set with the counts without beam, of one frame or all."
    )
    positions: PositionsName = None
    truth: str | None = Field(None, min_length=1, description="Data set with the true object, if known.")
    roi: RoiOption = None

    def arrays(self) -> Arrays:
        """Read the data sets named."""
        roles = {
            "counts": self.dataset,
            "valid": self.valid,
            "flat_field": self.flat_field,
            "monitor": self.monitor,
            "dark": self.dark,
            "positions": self.positions,
            "truth": self.truth,
        }
        refuse_roi(self.roi, self.truth, self.order)
        with opened_hdf5(self.path) as file:
            picture = picture_of(shape_of_data_set(file, self.dataset), self.roi, f"{self.path}: {self.dataset}")
            named = {role: name for role, name in roles.items() if name is not None}
            stored = {role: read_within(file, name, self.roi, picture) for role, name in named.items()}
        return Arrays(
            stored["counts"],
            valid=stored.get("valid"),
            flat_field=stored.get("flat_field"),
            monitor=stored.get("monitor"),
            truth=stored.get("truth"),
            dark=stored.get("dark"),
            positions=even_positions(stored.get("positions")),
            region=self.roi,
            picture=picture,
        )
