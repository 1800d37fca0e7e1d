"""Data files, good and bad, beside the recipes of the command line."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from .texts import BRAGG

PEAK = np.zeros((16, 16)) + 1.0
PEAK[7:10, 7:10] = [[70.0, 85.0, 70.0], [85.0, 100.0, 85.0], [70.0, 85.0, 70.0]]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Write good and bad data files beside the recipe."""
    with h5py.File(tmp_path / "good.h5", "w") as file:
        file["entry/data"] = PEAK
        file["mask"] = np.ones((16, 15))
        file["zero"] = np.zeros((16, 16))
        file["one"] = (np.arange(256) == 5).reshape(16, 16)
        spoilt = PEAK.copy()
        spoilt[0, :3], spoilt[1, :2] = np.nan, -4
        file["spoilt"] = spoilt
    whole = (tmp_path / "good.h5").read_bytes()
    (tmp_path / "short.h5").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.h5").write_text("hello")
    (tmp_path / "raises.py").write_text("raise RuntimeError('broken on import')")
    return tmp_path


@pytest.fixture
def bragg(tmp_path: Path) -> Path:
    """A recipe that says no more than a geometry."""
    path = tmp_path / "recipe.yaml"
    path.write_text(BRAGG)
    return path
