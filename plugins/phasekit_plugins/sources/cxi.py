"""The CXI source."""

from __future__ import annotations

import json
from typing import Any, Literal

import h5py
import numpy as np
from pydantic import Field

from phasekit import InputError, InputFile
from phasekit.reading.array_source import ArraySource
from phasekit.reading.arrays import Arrays
from phasekit.reading.hdf5 import is_there, opened_hdf5, read_data_set, shape_of_data_set
from phasekit.reading.hdf5_file import hdf5_errors
from phasekit.reading.hdf5_links import followed
from phasekit.reading.rocking_positions import PositionsName, even_positions
from phasekit.reading.roi import Roi, RoiOption, picture_of, read_within, refuse_roi, shifted
from phasekit.reading.stored import Stored
from phasekit.reading.translations import refuse_translations
from phasekit.reading.units import ENERGY_SI, LENGTH, Units, one_number
from phasekit.runtime import constants

from ..geometries.bragg import Bragg

DATA = ("entry_1/data_1/data", "entry_1/instrument_1/detector_1/data")
MASK = "entry_1/instrument_1/detector_1/mask"
BAD = 0x6DF
"""Bits of CXI's mask that mean bad: invalid, saturated, hot, dead, shadowed, to be ignored, bad, missing, noisy."""
ANY_BIT = 2**32 - 1
INSTRUMENT = "entry_1/instrument_1"
GEOMETRY = f"{INSTRUMENT}/geometry"


class Cxi(ArraySource):
    """Reads measured counts from a CXI file, with its mask and geometry.

    Energy, distance and pixel size come from their places in CXI. If the file has a group
    `instrument_1/geometry`, as written by phasekit, it gives every option of the geometry `bragg`. A file with one
    frame is a far field.
    """

    name: Literal["cxi"] = "cxi"
    path: InputFile = Field(description="The file.")
    dataset: str | None = Field(
        None, min_length=1, description=f"Data set with the counts; by default {DATA[0]}, else {DATA[1]}."
    )
    valid: str | None = Field(MASK, min_length=1, description="Data set with the mask, if it exists; null: none.")
    valid_means: Literal["good", "bad"] = Field(
        "bad", description="Meaning of a nonzero value in the mask; in CXI: bad, do not trust the voxel."
    )
    bad_bits: int = Field(
        BAD,
        ge=1,
        lt=2**32,
        description="Bits of the mask that mean bad, where nonzero values do; by default those of CXI 1.6, in which "
        "0x1000 only says that a pixel has signal, and all of them in a file by PyNX.",
    )
    positions: PositionsName = None
    roi: RoiOption = None

    def arrays(self) -> Arrays:
        """Read the counts, the mask and the geometry."""
        refuse_roi(self.roi, None, self.order)
        with opened_hdf5(self.path) as file:
            name = self.dataset or next((name for name in DATA if is_there(file, name)), DATA[0])
            mask = self.valid is not None and (is_there(file, self.valid) or self.valid != MASK)
            shape = shape_of_data_set(file, name)
            picture = picture_of(shape, self.roi, f"{self.path}: {name}")
            counts = read_within(file, name, self.roi, picture)
            refuse_translations(file, counts)
            stated, doubts = _stated(file)
            return Arrays(
                counts,
                doubt="; ".join(doubts),
                valid=read_within(file, self.valid, self.roi, picture) if self.valid is not None and mask else None,
                positions=None if self.positions is None else even_positions(read_data_set(file, self.positions)),
                geometry=stated | _written(file, shape or (), self.roi),
                bad_bits=ANY_BIT if self._all_bits(counts) else self.bad_bits,
                region=self.roi,
                picture=picture,
            )

    def _all_bits(self, counts: Stored) -> bool:
        """Return whether every nonzero value of the mask is bad: PyNX knows no bits."""
        return "bad_bits" not in self.model_fields_set and counts.program() == "pynx"


def _stated(file: h5py.File) -> tuple[dict[str, Any], list[str]]:
    """Return energy, distance and pixel size, as far as available, from their places in CXI, and doubts."""
    found: dict[str, Any] = {}
    doubts: list[str] = []

    def read(name: str, units: Units, option: str) -> float | None:
        place = f"{INSTRUMENT}/{name}"
        value, doubt = one_number(read_data_set(file, place) if is_there(file, place) else None, units, option)
        doubts.extend(doubt)
        return value

    for name in ("source_1/energy", "beam_1/energy", "beam_1/incident_energy"):
        if (energy := read(name, ENERGY_SI, "energy_kev")) is not None:
            found.setdefault("energy_kev", energy)
    if not doubts and (wavelength := read("beam_1/incident_wavelength", LENGTH, "energy_kev")):
        found.setdefault("energy_kev", constants.HC_KEV_M / wavelength)
    if (distance := read("detector_1/distance", LENGTH, "distance_m")) is not None:
        found["distance_m"] = distance
    row, column = (read(f"detector_1/{axis}_pixel_size", LENGTH, "pixel_um") for axis in "yx")
    if row is not None and column is not None:
        found["pixel_um"] = (row * 1e6, column * 1e6)
    return found, doubts


def _written(file: h5py.File, shape: tuple[int, ...], roi: Roi | None) -> dict[str, Any]:
    """Return the options of `bragg` from phasekit's group, for `roi` of an array of this shape."""
    with followed(file, GEOMETRY) as found, hdf5_errors(f"{file.filename}: '{GEOMETRY}'"):
        if not isinstance(found.item, h5py.Group):
            return {}
        options = _options(found.item)
    if options.pop("name", "bragg") != "bragg" or len(shape) != 3:
        return {}
    options = {key: value for key, value in options.items() if key in Bragg.model_fields}
    given = options.pop("angles_at", (None, None, None))
    offset = options.pop("offset", (0.0, 0.0, 0.0))
    at = [n // 2 - moved if at is None else at for n, moved, at in zip(shape, offset, given, strict=True)]
    options["angles_at"] = shifted(at, roi)
    return options


def _options(group: h5py.Group) -> dict[str, Any]:
    """Return a mapping as written by phasekit: groups for mappings, JSON for lists, "none" for None."""
    found: dict[str, Any] = {}
    for key, item in group.items():
        if isinstance(item, h5py.Group):
            found[key] = _options(item)
            continue
        if not isinstance(item, h5py.Dataset):
            raise InputError(f"{group.file.filename}: {group.name}/{key} is damaged; give it in the recipe")
        text = h5py.check_string_dtype(item.dtype) is not None
        value = item.asstr()[()] if text else np.asarray(item[()]).tolist()
        try:
            found[key] = json.loads(value) if text and value[:1] in ("[", "{") else value
        except ValueError as error:
            raise InputError(
                f"{item.file.filename}: {item.name} is damaged ({error}); give it in the recipe"
            ) from error
    return {key: value for key, value in found.items() if value != "none"}
