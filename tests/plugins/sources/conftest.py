"""A small Bragg-like pattern, centred as a file has it, and scans as beamlines write them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from . import aps_scans, nexus_scans

Write = Callable[..., Path]


@pytest.fixture
def truth() -> np.ndarray:
    """(18, 20, 22) complex64: a brick of half the half-box with a bent phase, 1e4 counts in the peak."""
    object = np.zeros((18, 20, 22), np.complex64)
    i, j, k = np.mgrid[:5, :6, :7]
    object[6:11, 7:13, 8:15] = np.exp(1j * (0.1 * i * i - 0.2 * j + 0.05 * k * k)) * (1 + 0.1 * i)
    wave = np.fft.ifftn(object, norm="ortho")
    return object * np.float32(100 / np.abs(wave).max())


@pytest.fixture
def counts(truth: np.ndarray) -> np.ndarray:
    """(18, 20, 22) float64: |F truth|², F with exp(+iQr), zero frequency at n//2."""
    return np.fft.fftshift(np.abs(np.fft.ifftn(truth.astype(complex), norm="ortho")) ** 2)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write arrays into an HDF5 file; returns its path."""

    def write(**arrays: Any) -> Path:
        path = tmp_path / "scan.h5"
        with h5py.File(path, "w") as file:
            for name, array in arrays.items():
                file[name.replace("__", "/")] = array
        return path

    return write


@pytest.fixture
def frames() -> np.ndarray:
    """The frames of a scan of 34-ID-C."""
    return aps_scans.scan_frames()


@pytest.fixture
def scan(tmp_path: Path, frames: np.ndarray) -> Write:
    """Write a folder as 34-ID-C does; returns its path."""

    def scan(at: Sequence[float] | np.ndarray | None = None, **options: Any) -> Path:
        return aps_scans.write_scan(tmp_path / "scan", frames, at, **options)

    return scan


@pytest.fixture
def master(tmp_path: Path) -> Write:
    """Write files as BLISS does; returns the path of the master file."""

    def master(calibration: dict[str, float] = nexus_scans.CALIBRATION, **options: Any) -> Path:
        return nexus_scans.write_master(tmp_path, nexus_scans.scan_frames(), calibration, **options)

    return master
