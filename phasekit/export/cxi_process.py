"""The parts of a CXI file on the origin of an object: process, configuration, instrument."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from typing import Any

import h5py
import numpy as np

import phasekit
from phasekit.core.geometry import Geometry
from phasekit.core.result import NUISANCE_UNITS, Result
from phasekit.runtime.constants import HC_KEV_M, JOULE_PER_KEV

NUISANCE_MEANING = {
    "coherence": "standard deviation of the Gaussian that blurs the intensity, along each array axis",
    "background": "in every voxel, photons",
    "centre": "offset of zero frequency from its voxel's middle, along each array axis",
}


def write_process(group: h5py.Group, result: Result, info: Mapping[str, Any]) -> None:
    """Fill `process_1`: the program, its configuration (`info`) and how the run ended."""
    group.attrs["NX_class"] = "NXprocess"
    group["program"] = "phasekit"
    group["version"] = phasekit.__version__
    group["command"] = " ".join(sys.argv)
    if "recipe" in info:
        collection(group, {"recipe": str(info["recipe"])})
    collection(group.create_group("configuration"), {k: v for k, v in info.items() if k not in ("recipe", "status")})
    results: dict[str, Any] = {
        "status": result.status,
        "seconds": result.seconds,
        "rank": result.rank,
        "best_seed": result.seeds[0],
        "nb_point_support": int(result.support[0].sum()),
        "support_fraction": float(result.support[0].float().mean()),
        "metrics": {name: float(values[0]) for name, values in result.final.items()},
        "references": dict(result.references),
        "notes": result.problem.notes,
    }
    if "free-poisson" in result.final:  # where PyNX has it, the mean over the held-out voxels as here
        results["free_llk_poisson"] = float(result.final["free-poisson"][0])
    collection(group.create_group("results"), results)


def write_instrument(group: h5py.Group, geometry: Geometry) -> None:
    """Fill `instrument_1` from the geometry's options; energies in J and lengths in m, as in CXI.

    If the geometry knows the beam, the energy is that of k_i at the array's centre: in an energy scan the option
    belongs to another frame.
    """
    group.attrs["NX_class"] = "NXinstrument"
    options = geometry.model_dump(mode="json")
    group["name"] = geometry.name
    collection(group.create_group("geometry"), options)
    energy, distance, pixel = (options.get(key) for key in ("energy_kev", "distance_m", "pixel_um"))
    if (beam := geometry.beam()) is not None:
        energy = float(beam[0].norm()) * HC_KEV_M / (2 * math.pi)
    for name, kind in (("source_1", "NXsource"), ("beam_1", "NXbeam"), ("detector_1", "NXdetector")):
        group.create_group(name).attrs["NX_class"] = kind
    if isinstance(energy, float | int):
        _quantity(group, "source_1/energy", energy * JOULE_PER_KEV, "J")
        _quantity(group, "beam_1/incident_energy", energy * JOULE_PER_KEV, "J")
        _quantity(group, "beam_1/incident_wavelength", HC_KEV_M / energy, "m")
    if isinstance(distance, float | int):
        _quantity(group, "detector_1/distance", float(distance), "m")
    rows_and_columns = pixel[-2:] if isinstance(pixel, list) else [pixel, pixel]
    for axis, size in zip("yx", rows_and_columns, strict=False):
        if isinstance(size, float | int):
            _quantity(group, f"detector_1/{axis}_pixel_size", size * 1e-6, "m")


def write_nuisance(group: h5py.Group, values: Mapping[str, np.ndarray]) -> None:
    """Fill `nuisance`: the model besides the object, with units and meanings."""
    group.attrs["NX_class"] = "NXcollection"
    for name, value in values.items():
        group[name.replace("/", "∕")] = value
        if name in NUISANCE_MEANING:
            group[name].attrs.update({"units": NUISANCE_UNITS[name], "meaning": NUISANCE_MEANING[name]})


def collection(group: h5py.Group, items: Mapping[Any, Any]) -> None:
    """Write a mapping of numbers, texts, arrays and further mappings; anything else as JSON or text."""
    group.attrs["NX_class"] = "NXcollection"
    for key, value in items.items():
        name = str(key).replace("/", "∕").strip(".") or "value"  # a slash would open a group
        if isinstance(value, Mapping):
            collection(group.create_group(name), value)
        elif value is None:
            group[name] = "none"
        elif isinstance(value, str):
            group[name] = value.replace("\0", "\N{REPLACEMENT CHARACTER}")  # HDF5 ends a text at a zero
        elif isinstance(value, float | np.ndarray | np.generic) or (isinstance(value, int) and abs(value) < 2**63):
            group[name] = value
        else:
            group[name] = json.dumps(value, default=str, ensure_ascii=False)


def _quantity(group: h5py.Group, name: str, value: float, unit: str) -> None:
    group[name] = value
    group[name].attrs["units"] = unit
