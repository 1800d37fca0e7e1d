"""The source tiff: a stack or a folder of frames becomes the problem, and what cannot be read a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import torch

from phasekit import InputError, Problem
from phasekit_plugins.geometries.far_field import FarField
from phasekit_plugins.sources.tiff import Tiff

SHAPE = (11, 14, 12)


@pytest.fixture
def frames() -> np.ndarray:
    """(frames, rows, columns) uint16: a peak in noise."""
    k, i, j = np.indices(SHAPE)
    peak = 2e4 * np.exp(-((k - 5) ** 2 / 6 + (i - 8) ** 2 / 8 + (j - 5) ** 2 / 8))
    counts: np.ndarray = np.random.default_rng(1).poisson(peak + 2).astype(np.uint16)
    return counts


@pytest.fixture
def folder(tmp_path: Path, frames: np.ndarray) -> Path:
    """A folder with frame_0.tif … frame_10.tif."""
    (tmp_path / "frames").mkdir()
    for k, frame in enumerate(frames):
        tifffile.imwrite(tmp_path / "frames" / f"frame_{k}.tif", frame)
    return tmp_path / "frames"


def load(path: Path, **options: Any) -> Problem:
    return Tiff(path=path, **options).load(None, torch.Generator())


def refused(path: Path, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        load(path, **options)
    return str(caught.value)


def test_one_page_is_2d_data(tmp_path: Path, frames: np.ndarray) -> None:
    tifffile.imwrite(tmp_path / "one.tif", frames[5])
    assert load(tmp_path / "one.tif").detector == SHAPE[1:]


def test_frames_of_a_folder_come_in_the_order_of_their_numbers(folder: Path, frames: np.ndarray) -> None:
    np.testing.assert_array_equal(Tiff(path=folder).raw().counts, frames)
    assert isinstance(load(folder).geometry, FarField)
    (folder / "frame_3.tif").unlink()
    (folder / "frame_1.tif.txt").write_text("no picture")
    raw = Tiff(path=folder).raw()
    np.testing.assert_array_equal(raw.valid.numpy().any(axis=(1, 2)), np.arange(SHAPE[0]) != 3)
    np.testing.assert_array_equal(raw.counts[4:], frames[4:])


def test_only_the_files_named_are_frames(folder: Path, frames: np.ndarray) -> None:
    tifffile.imwrite(folder / "flat.tif", np.ones((2, 2)))
    (folder / "._frame_0.tif").write_bytes(b"what another system leaves")
    np.testing.assert_array_equal(Tiff(path=folder, frames="frame_*.tif").raw().counts, frames)
    assert "flat.tif is not named as frame_0.tif and 10 others are" in refused(folder)
    assert "by a pattern such as 'frame_*.tif'" in refused(folder)
    tifffile.imwrite(folder / "frame_3.tif", np.ones((2, 2)))
    assert "frame_3.tif has shape (2, 2), the other frames have (14, 12)" in refused(folder, frames="frame_*.tif")
    said = refused(folder, frames="scan_*.tif")
    assert "has no file scan_*.tif" in said
    assert "frame_0.tif" in said


def test_what_corrects_the_counts_may_lie_beside_the_frames(folder: Path, frames: np.ndarray) -> None:
    rng = np.random.default_rng(2)
    flat = rng.uniform(0.5, 1.5, SHAPE[1:]).astype(np.float32)
    tifffile.imwrite(folder / "flat.tif", flat)
    tifffile.imwrite(folder / "dark.tiff", np.full(SHAPE[1:], 2, np.uint16))
    np.save(folder / "mask.npy", flat > 0.6)
    (folder / "scan.csv").write_text(
        "point;eta;i0\n" + "".join(f"{k};{10 + 0.1 * k};{900 + k * k}\n" for k in range(SHAPE[0]))
    )
    given = {"flat_field": "flat.tif", "dark": "dark.tiff", "valid": "mask.npy", "monitor": "scan.csv"}
    options = {key: folder / name for key, name in given.items()}
    positions = {"positions": folder / "scan.csv", "positions_column": "eta"}
    source = Tiff(path=folder, monitor_column="i0", **options, **positions)
    raw = source.raw()
    np.testing.assert_array_equal(raw.counts, frames)
    np.testing.assert_array_equal(raw.flat_field, flat)
    assert raw.dark is not None
    assert bool(raw.dark.eq(2).all())
    np.testing.assert_array_equal(raw.valid[4], flat > 0.6)
    assert raw.monitor is not None
    assert raw.positions is not None
    np.testing.assert_allclose(raw.monitor, 900.0 + np.arange(SHAPE[0]) ** 2)
    np.testing.assert_allclose(raw.positions, 10 + 0.1 * np.arange(SHAPE[0]))
    problem = source.load(None, torch.Generator())
    assert [step.partition(":")[0] for step in problem.preparation] == ["dark", "flat-field", "monitor", "centre"]


def test_positions_that_turn_back_are_refused(tmp_path: Path, folder: Path) -> None:
    np.save(tmp_path / "eta.npy", np.r_[:8, 4, 5, 10] * 0.1)
    assert "reverses at frame 8" in refused(folder, positions=tmp_path / "eta.npy")


def test_a_path_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not exist"):
        Tiff(path=tmp_path / "nothing")
