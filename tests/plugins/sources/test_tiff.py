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


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.float32, np.float64])
@pytest.mark.parametrize("packed", [None, "zlib"])
def test_a_stack_is_read_as_it_is(tmp_path: Path, frames: np.ndarray, dtype: type, packed: str | None) -> None:
    kept: np.ndarray = (frames % 250).astype(dtype)
    tifffile.imwrite(tmp_path / "stack.tif", kept, photometric="minisblack", compression=packed)
    np.testing.assert_array_equal(Tiff(path=tmp_path / "stack.tif").raw().counts, kept)


def test_a_stack_of_pages_that_know_nothing_of_each_other_is_read(tmp_path: Path, frames: np.ndarray) -> None:
    with tifffile.TiffWriter(tmp_path / "stack.tif") as file:
        for frame in frames:
            file.write(frame, contiguous=False, metadata=None)
    np.testing.assert_array_equal(Tiff(path=tmp_path / "stack.tif").raw().counts, frames)


def test_one_page_is_2d_data(tmp_path: Path, frames: np.ndarray) -> None:
    tifffile.imwrite(tmp_path / "one.tif", frames[5])
    assert load(tmp_path / "one.tif").detector == SHAPE[1:]


def test_frames_of_a_folder_come_in_the_order_of_their_numbers(folder: Path, frames: np.ndarray) -> None:
    np.testing.assert_array_equal(Tiff(path=folder).raw().counts, frames)
    assert isinstance(load(folder).geometry, FarField)


def test_only_the_files_named_are_frames(folder: Path, frames: np.ndarray) -> None:
    tifffile.imwrite(folder / "flat.tif", np.ones((2, 2)))
    (folder / "._frame_0.tif").write_bytes(b"what another system leaves")
    np.testing.assert_array_equal(Tiff(path=folder, frames="frame_*.tif").raw().counts, frames)
    assert "flat.tif has shape (2, 2), the other frames have (14, 12)" in refused(folder)
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


@pytest.mark.parametrize("text", ["1 2\n3 4\n", "# a, b\n1, 2\n\n3, 4\n", "a\tb\n1\t2\n3\t4", "#a b\n#more\n1 2\n3 4"])
def test_columns_are_read_however_they_are_parted(tmp_path: Path, folder: Path, text: str) -> None:
    (tmp_path / "i0.txt").write_text(text)
    for name in sorted(folder.iterdir())[2:]:
        name.unlink()
    raw = Tiff(path=folder, monitor=tmp_path / "i0.txt", monitor_column=1).raw()
    assert raw.monitor is not None
    np.testing.assert_allclose(raw.monitor, [2, 4])


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        ("1 2\n3 x\n", 1, "row 1 has 'x' where column 1 should be a number"),
        ("1 2\n3\n", 1, "row 1 has 1 columns"),
        ("i0 eta\n1 2\n", "ita", "has no column 'ita'; did you mean eta"),
        ("1\n2\n", 0, r"the monitor .* has shape \(2,\) and the data have \(11, 14, 12\)"),
    ],
)
def test_a_column_that_cannot_be_used_is_refused(
    tmp_path: Path, folder: Path, text: str, column: int | str, reason: str
) -> None:
    (tmp_path / "i0.txt").write_text(text)
    with pytest.raises(InputError, match=reason):
        load(folder, monitor=tmp_path / "i0.txt", monitor_column=column)


def test_positions_that_turn_back_are_refused(tmp_path: Path, folder: Path) -> None:
    np.save(tmp_path / "eta.npy", np.r_[:8, 4, 9, 10] * 0.1)
    assert "reverses at frame 8" in refused(folder, positions=tmp_path / "eta.npy")


@pytest.mark.parametrize("length", [150, 3, 0])
def test_a_truncated_frame_is_named_and_missing(folder: Path, length: int) -> None:
    file = folder / "frame_4.tif"
    file.write_bytes(file.read_bytes()[:length])
    raw = Tiff(path=folder).raw()
    np.testing.assert_array_equal(raw.valid.numpy().all(axis=(1, 2)), np.arange(SHAPE[0]) != 4)
    assert "frame 4 (frame_4.tif: " in raw.notes[0]


def test_a_damaged_page_of_a_stack_is_named_and_missing(tmp_path: Path, frames: np.ndarray) -> None:
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, frames, photometric="minisblack", compression="zlib")
    with tifffile.TiffFile(path) as file:
        offset, size = file.pages[3].dataoffsets[0], file.pages[3].databytecounts[0]
    content = bytearray(path.read_bytes())
    content[offset : offset + size] = b"\xff" * size
    path.write_bytes(content)
    raw = Tiff(path=path).raw()
    np.testing.assert_array_equal(raw.valid.numpy().all(axis=(1, 2)), np.arange(SHAPE[0]) != 3)
    np.testing.assert_array_equal(raw.counts[4:], frames[4:])
    assert "frame 3 (" in raw.notes[0]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("part", [0.5, 0.8])
def test_a_stack_that_is_cut_off_is_refused(tmp_path: Path, frames: np.ndarray, together: bool, part: float) -> None:
    path = tmp_path / "stack.tif"
    with tifffile.TiffWriter(path) as file:
        for frame in frames:
            file.write(frame, contiguous=together, metadata=None if not together else {})
    content = path.read_bytes()
    path.write_bytes(content[: int(part * len(content))])
    assert "truncated" in refused(path)


def test_what_is_no_tiff_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.tif").write_text("no picture")
    assert "no TIFF file" in refused(tmp_path / "text.tif")


def test_a_picture_in_colours_is_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "photo.tif", np.zeros((20, 30, 3), np.uint8), photometric="rgb")
    assert "frames of counts, rows × columns, are needed" in refused(tmp_path / "photo.tif")


def test_a_path_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not exist"):
        Tiff(path=tmp_path / "nothing")
