"""CXI files: a result as HDF5 in the layout of PyNX, silx and the CXI Data Bank."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
from torch import Tensor

import phasekit
from phasekit.analysis.volume import Volume
from phasekit.core.result import Result
from phasekit.export.cxi_process import collection, write_instrument, write_nuisance, write_process
from phasekit.export.cxi_volume import PACKED, write_volume
from phasekit.export.statement import SIGN
from phasekit.reading.conventions import PROGRAM, SIGNS
from phasekit.runtime.errors import InputError
from phasekit.runtime.storage import appearing

CXI_VERSION = 160


def write_cxi(path: Path, result: Result, info: Mapping[str, Any], volume: Volume | None = None) -> None:
    """Write `result` as the CXI 1.6 file `path`, completely or not at all.

    `entry_1/image_1` is the best object with its support, `entry_1/image_2` the mean of the agreeing ones,
    `entry_1/seeds` every seed in ranked order with its metrics, `nuisance` in both the model besides the
    object, `entry_1/volume_1` the fields of `volume`.
    Arrays of objects are centred (index n//2). The file states the Fourier sign, the voxel basis (metres,
    laboratory frame) and whether it is calibrated. `info`
    is kept under `image_1/process_1/configuration`; if it has `recipe` (text), `started` (ISO 8601),
    `title` or `name`, these go to `process_1/recipe`, `entry_1/start_time` and `entry_1/title`. The folder
    must exist.

    Source: Maia, Nature Methods 9, 854 (2012), and the CXI reference, version 1.6.
    """
    with appearing(path) as part, h5py.File(part, "w") as file:
        file.attrs.update({"NX_class": "NXroot", "default": "entry_1", "creator": "phasekit"})
        file["cxi_version"] = CXI_VERSION
        entry = file.create_group("entry_1")
        entry.attrs.update({"NX_class": "NXentry", "default": "data_1"})
        file["entry_last"] = h5py.SoftLink("/entry_1")
        entry["program_name"] = f"phasekit {phasekit.__version__}"
        entry["start_time"] = str(info.get("started") or datetime.now().astimezone().isoformat(timespec="seconds"))
        entry["title"] = str(info.get("title") or info.get("name") or "phase retrieval")
        best = "the object ranked first"
        image = _write_image(entry, "image_1", result, result.best, result.support[0], best)
        if result.nuisance:
            own = {name: _numpy(values[0], np.float64) for name, values in result.nuisance.items()}
            write_nuisance(image.create_group("nuisance"), own)
        write_process(image.create_group("process_1"), result, info)
        write_instrument(entry.create_group("instrument_1"), result.problem.geometry)
        image["instrument_1"] = h5py.SoftLink("/entry_1/instrument_1")
        entry["process_1"] = h5py.SoftLink("/entry_1/image_1/process_1")
        mean = f"the mean of the {len(result.agreeing)} objects that agree with the best, itself included"
        _write_image(entry, "image_2", result, result.mean, result.support[0], mean)
        entry["image_2/agreeing_seeds"] = np.asarray(result.agreeing, dtype=np.int64)
        _write_seeds(entry.create_group("seeds"), result)
        _link_data(entry.create_group("data_1"), image)
        if volume is not None:
            write_volume(entry.create_group("volume_1"), volume)


def read_cxi(path: Path) -> tuple[Tensor, Tensor]:
    """Read the first image of a CXI file: object (*space) complex64 and support (*space) bool, centred.

    The object comes in phasekit's sign: it is conjugated if the file states −i (in `fourier_sign`) or, stating
    none, is by PyNX, and else unchanged. Raises InputError for other files.
    """
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise InputError(f"{path} cannot be opened as HDF5 ({error}); a CXI file is required") from error
    with file:
        image = file.get("entry_1/image_1")
        if not isinstance(image, h5py.Group) or "data" not in image:
            raise InputError(f"{path} has no entry_1/image_1/data (at the top: {', '.join(file)}); is it a CXI result?")
        object = torch.from_numpy(np.asarray(image["data"], dtype=np.complex64))
        drawn = image.get("support", image.get("mask"))
        support = object != 0 if drawn is None else torch.from_numpy(np.asarray(drawn) != 0)
        stated = image["fourier_sign"].asstr()[()] if "fourier_sign" in image else _sign_of_program(image)
    if support.shape != object.shape:
        raise InputError(f"{path}: the support has shape {tuple(support.shape)}, the object {tuple(object.shape)}")
    return (object.conj().resolve_conj() if stated.strip()[:1] in "-−" else object), support


def _sign_of_program(image: h5py.Group) -> str:
    program = image[PROGRAM].asstr()[()] if PROGRAM in image else ""
    return SIGNS.get(program.strip().lower(), "+")


def _write_image(
    entry: h5py.Group, name: str, result: Result, object: Tensor, support: Tensor, what: str
) -> h5py.Group:
    """Write one object (*space) with everything needed to place it in space."""
    geometry, shape = result.problem.geometry, tuple(object.shape)
    image = entry.create_group(name)
    kind = "image" if object.ndim == 2 else "scaler"  # silx shows a complex volume under this word
    image.attrs.update({"NX_class": "NXdata", "signal": "data", "interpretation": kind, "title": what})
    data = image.create_dataset("data", data=_numpy(object, np.complex64), **PACKED)
    data.attrs.update({"interpretation": kind, "long_name": what, "fourier_sign": SIGN})
    image.create_dataset("support", data=_numpy(support, np.uint8), **PACKED)
    image["mask"] = h5py.SoftLink(f"/entry_1/{name}/support")  # where PyNX looks for the support
    image["data_space"] = "real"
    image["data_type"] = "electron density"
    image["dimensionality"] = object.ndim
    image["is_fft_shifted"] = 0
    image["fourier_sign"] = "+1"
    image["fourier_sign"].attrs["meaning"] = SIGN
    basis = _numpy(geometry.basis(shape), np.float64)
    lengths = np.linalg.norm(basis, axis=1)
    unit = "m" if geometry.calibrated() else "voxel"
    image["voxel_basis"] = basis
    image["voxel_basis"].attrs.update(
        {
            "units": unit,
            "calibrated": geometry.calibrated(),
            "meaning": "row i: the step of one voxel along array axis i, CXI laboratory frame (x, y, z)",
        }
    )
    image["image_size"] = lengths * shape
    image["image_size"].attrs["units"] = unit
    _write_axes(image, shape, lengths, unit)
    return image


def _write_axes(image: h5py.Group, shape: tuple[int, ...], lengths: np.ndarray, unit: str) -> None:
    """Add the coordinate along each array axis, zero at the centre n//2, for viewers."""
    names = [f"axis_{axis}" for axis in range(len(shape))]
    for name, n, length in zip(names, shape, lengths, strict=True):
        scale = 1e9 if unit == "m" else 1.0
        image[name] = (np.arange(n) - n // 2) * length * scale
        image[name].attrs["units"] = "nm" if unit == "m" else unit
    image.attrs["axes"] = names


def _write_seeds(group: h5py.Group, result: Result) -> None:
    """Write every seed's object and figures, ranked."""
    group.attrs.update({"NX_class": "NXcollection", "order": "ranked, the best first; failed seeds last"})
    for name, array, kind in (("data", result.object, np.complex64), ("support", result.support, np.uint8)):
        values = _numpy(array, kind)
        group.create_dataset(name, data=values, chunks=(1, *values.shape[1:]), **PACKED)
    group["data"].attrs["fourier_sign"] = SIGN
    group["seed"] = np.asarray(result.seeds, dtype=np.int64)
    group["agreement"] = _numpy(result.agreement, np.float64)
    group["agreement"].attrs["meaning"] = "correlation with the best"
    group["agreeing"] = np.isin(result.seeds, result.agreeing)
    group["failed"] = np.isin(result.seeds, result.failed)
    if result.nuisance:
        all_of_them = {name: _numpy(values, np.float64) for name, values in result.nuisance.items()}
        write_nuisance(group.create_group("nuisance"), all_of_them)
    collection(group.create_group("metrics"), {name: _numpy(v, np.float64) for name, v in result.final.items()})


def _link_data(group: h5py.Group, image: h5py.Group) -> None:
    """Create `data_1`, which viewers open first, as the same NXdata as the image."""
    group.attrs.update({key: image.attrs[key] for key in ("NX_class", "signal", "interpretation", "axes", "title")})
    for name in ("data", *image.attrs["axes"]):
        group[name] = h5py.SoftLink(f"{image.name}/{name}")


def _numpy(tensor: Tensor, kind: type) -> np.ndarray:
    return tensor.detach().cpu().resolve_conj().numpy().astype(kind)
