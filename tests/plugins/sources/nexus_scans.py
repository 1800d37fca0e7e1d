"""Scans as BLISS writes them: a master file that links to that of the detector."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import hdf5plugin
import numpy as np
import pytest
import torch

from phasekit import InputError, Problem
from phasekit_plugins.geometries.bragg import Bragg
from phasekit_plugins.sources.nexus import Nexus

SHAPE = (12, 16, 18)
STANDING = {"mu": 0.0, "phi": 17.0, "nu": 5.0, "delta": 34.0}
ETA = np.linspace(17.0, 17.22, SHAPE[0])
CALIBRATION = {
    "distance": 0.8,
    "x_pixel_size": 55e-6,
    "y_pixel_size": 75e-6,
    "beam_center_x": 12.5,
    "beam_center_y": 4.0,
}

Master = Callable[..., Path]


def scan_frames() -> np.ndarray:
    """(frames, rows, columns) uint32: a peak in noise, brightest at (6, 7, 8)."""
    k, i, j = np.indices(SHAPE)
    peak = 3e4 * np.exp(-((k - 6) ** 2 / 6 + (i - 7) ** 2 / 8 + (j - 8) ** 2 / 8))
    counts: np.ndarray = np.random.default_rng(3).poisson(peak + 1).astype(np.uint32)
    return counts


def write_scan(file: h5py.File, name: str, positioners: dict[str, Any], title: str = "ascan eta 17 17.22 11 1") -> Any:
    """Write a scan without a detector; returns its group."""
    scan = file.create_group(name)
    scan["title"] = title
    scan["measurement/mon2"] = 1000.0 + np.arange(SHAPE[0]) ** 2
    scan["measurement/spectrum"] = np.zeros((SHAPE[0], 20))
    for key, value in positioners.items():
        scan[f"instrument/positioners/{key}"] = value
    return scan


def write_master(
    folder: Path,
    frames: np.ndarray,
    calibration: dict[str, float] = CALIBRATION,
    title: str = "ascan eta",
    **positioners: Any,
) -> Path:
    """Write a master file that links to the detector's own, compressed with bitshuffle and LZ4; returns its path."""
    with h5py.File(folder / "detector.h5", "w") as file:
        packed = hdf5plugin.Bitshuffle(cname="lz4")
        file.create_dataset("entry/data", data=frames, chunks=(1, *SHAPE[1:]), **packed)
    with h5py.File(folder / "master.h5", "w") as file:
        standing = {"eta": ETA, **STANDING, "mononrj": 9.0, "thx": 1.0, **positioners}
        scan = write_scan(file, "sample_0001_1.1", {k: v for k, v in standing.items() if v is not None}, title)
        scan["measurement/mpx1x4"] = h5py.ExternalLink("detector.h5", "entry/data")
        for key, value in calibration.items():
            scan[f"instrument/mpx1x4/{key}"] = value
    return folder / "master.h5"


def load(path: Path, geometry: Bragg | None = None, **options: Any) -> Problem:
    return Nexus(path=path, **options).load(geometry, torch.Generator())


def refused(path: Path, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        load(path, **options)
    return str(caught.value)
