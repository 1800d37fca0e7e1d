"""The part of a CXI file that holds the fields on an orthogonal grid."""

from __future__ import annotations

import h5py
import numpy as np

from phasekit.analysis.volume import TOLD, Volume
from phasekit.export.statement import statement

PACKED = {"compression": "gzip", "compression_opts": 4, "shuffle": True}


def write_volume(group: h5py.Group, volume: Volume) -> None:
    """Fill `volume_1`: the axes x, y, z (nm), what `statement` says, and for every field an NXdata group.

    A field lies in `volume_1/NAME/NAME` with axes (z, y, x).
    """
    group.attrs["NX_class"] = "NXcollection"
    group.attrs["meaning"] = "fields on an orthogonal grid; origin at the centre of mass of |object|² in the support"
    for name, places in zip("xyz", volume.coordinates(), strict=True):
        group[name] = places
        group[name].attrs.update({"units": "nm", "long_name": f"{name}, {volume.frame} frame (nm)"})
    for name, said in statement(volume).items():
        if isinstance(said, tuple):
            group.create_dataset(name, data=list(said), dtype=h5py.string_dtype())
        else:
            group[name] = said
        if name in ("k_i", "k_f", "q", "h_ref", "q_own"):
            group[name].attrs["units"] = "1/nm"
    for name, values in volume.fields.items():
        _write_field(group, name, values)


def _write_field(group: h5py.Group, name: str, values: np.ndarray) -> None:
    unit = TOLD[name.removesuffix("_std")]
    field = group.create_group(name)
    field.attrs.update({"NX_class": "NXdata", "signal": name, "axes": ["z", "y", "x"], "title": name})
    data = field.create_dataset(name, data=values.astype(np.uint8) if values.dtype == bool else values, **PACKED)
    data.attrs.update({"units": "" if unit == "1" else unit, "long_name": name if unit == "1" else f"{name} ({unit})"})
    for axis in "xyz":
        field[axis] = h5py.SoftLink(f"{group.name}/{axis}")
