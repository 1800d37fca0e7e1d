"""Scans as 34-ID-C writes them: TIFF frames and the SPEC file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import torch

from phasekit import InputError, Problem
from phasekit_plugins.geometries.bragg import Bragg
from phasekit_plugins.sources.aps_34idc import Aps34idc

POINTS, ROWS, COLUMNS = 10, 16, 14
ROI = "#UIMR5  6 14 4 16 1"
"""As SPEC writes it: first column, columns, first row, rows."""
PART = np.s_[4:20, 6:20]

HEAD = """\
#F made_up.spec
#D Sat Feb 01 20:15:38 2020

#O0 Delta  Theta  Chi  Phi  Mu  Gamma
#O1 camdist  Energy  Lab_X
#o0 del th chi phi mu gam
#o1 cam en labx

"""
SCAN = """\
#S {number}  ascan  {command} 0.2
#D Tue Feb 04 12:28:23 2020
#P0 32 0.22 90 -5 0 12
#P1 500 9 0.1
{roi}
#N 4
#L {label}  Epoch  Seconds  Monitor
{rows}

"""

Scan = Callable[..., Path]


def positions(count: int = POINTS) -> np.ndarray:
    return np.linspace(0.1, 0.28, count)


def monitor(count: int = POINTS) -> np.ndarray:
    return 1000.0 + np.arange(count) ** 2


def spec_scan(number: int, at: Sequence[float] | np.ndarray, label: str = "Theta", roi: str = ROI) -> str:
    rows = [f"{x:.9g} {k} 0.2 {m:g}" for k, (x, m) in enumerate(zip(at, monitor(len(at)), strict=True))]
    command = f"{label} {at[0]:g} {at[-1]:g} {len(at) - 1}"
    return SCAN.format(number=number, command=command, label=label, rows="\n".join(rows), roi=roi)


def scan_frames() -> np.ndarray:
    """(frames, rows, columns) int32: a peak in noise, brightest at (6, 9, 5)."""
    rng = np.random.default_rng(4)
    k, i, j = np.indices((POINTS, ROWS, COLUMNS))
    peak = 3e4 * np.exp(-((k - 6) ** 2 / 6 + (i - 9) ** 2 / 8 + (j - 5) ** 2 / 8))
    counts: np.ndarray = rng.poisson(peak + 2).astype(np.int32)
    return counts


def write_scan(
    folder: Path, frames: np.ndarray, at: Sequence[float] | np.ndarray | None = None, **options: Any
) -> Path:
    """Write a folder as the beamline does; returns its path."""
    folder.mkdir()
    for k, frame in enumerate(frames):
        tifffile.imwrite(folder / f"made_S0054_{k:05d}.tif", frame)
    text = HEAD + spec_scan(53, positions(3)) + spec_scan(54, positions() if at is None else at, **options)
    (folder / "made.spec").write_text(text + spec_scan(55, positions(4), "Lab_X"))
    return folder


def load(folder: Path, geometry: Bragg | None = None, **options: Any) -> Problem:
    return Aps34idc(path=folder, **options).load(geometry, torch.Generator())


def refused(folder: Path, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        load(folder, **options)
    return str(caught.value)


def uncentred(array: np.ndarray) -> np.ndarray:
    return np.fft.ifftshift(array)
