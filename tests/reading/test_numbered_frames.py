"""Frames are told apart by scan and number in their names, and fit the points of the scan or are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from phasekit import InputError
from phasekit.reading.numbered_frames import frames_of

FRAMES = np.arange(120, dtype=np.int32).reshape(10, 3, 4)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """made_S0054_00000.tif … made_S0054_00009.tif, and what is no frame."""
    for k, frame in enumerate(FRAMES):
        tifffile.imwrite(tmp_path / f"made_S0054_{k:05d}.tif", frame)
    for name in ("dark.tif", "made_S0054_00010.txt", "._made_S0054_00011.tif"):
        (tmp_path / name).write_text("no frame")
    return tmp_path


def refused(folder: Path, points: int, first: int = 0, wanted: tuple[int, int] | None = None) -> str:
    with pytest.raises(InputError) as caught:
        frames_of(folder, None, first).points(wanted, points, "scan 54")
    return str(caught.value)


def test_the_frames_of_a_scan_are_read_in_the_order_of_its_points(folder: Path) -> None:
    frames = frames_of(folder, None, 0)
    assert frames.points(None, 10, "scan 54") == (0, 10)
    np.testing.assert_array_equal(frames.read(0, 10).array, FRAMES)
    np.testing.assert_array_equal(frames.read(2, 9).array, FRAMES[2:9])
    assert frames.read(0, 10).place == f"{folder}: scan 54"


def test_the_first_points_frame_may_have_any_number(folder: Path) -> None:
    for k in reversed(range(10)):
        (folder / f"made_S0054_{k:05d}.tif").rename(folder / f"made_S0054_{k + 100:05d}.tif")
    assert "first_number" in refused(folder, 10)
    frames = frames_of(folder, 54, 100)
    assert frames.points(None, 10, "scan 54") == (0, 10)
    assert frames.name(3) == "made_S0054_00103.tif"
    np.testing.assert_array_equal(frames.read(0, 10).array, FRAMES)


def test_a_frame_that_is_not_there_is_missing(folder: Path) -> None:
    (folder / "made_S0054_00007.tif").unlink()
    found = frames_of(folder, 54, 0).read(5, 10)
    assert found.missing == {2: "made_S0054_00007.tif is not there"}


def test_frames_that_end_before_the_scan_are_refused_with_what_to_do(folder: Path) -> None:
    for k in (8, 9):
        (folder / f"made_S0054_{k:05d}.tif").unlink()
    said = refused(folder, 10)
    assert "has 10 points, and the frames end with made_S0054_00007.tif" in said
    assert "points: [0, 8]" in said
    assert frames_of(folder, 54, 0).points((0, 8), 10, "scan 54") == (0, 8)


def test_more_frames_than_points_are_refused_with_what_to_do(folder: Path) -> None:
    said = refused(folder, 7)
    assert "has 7 points, and the frames go from made_S0054_00000.tif to made_S0054_00009.tif" in said
    assert "points: [0, 7]" in said
    assert frames_of(folder, 54, 0).points((0, 7), 7, "scan 54") == (0, 7)
    assert "scan 54 has 7 points; 8 is beyond that" in refused(folder, 7, wanted=(0, 8))


def test_a_scan_without_frames_is_refused_with_those_that_have_some(folder: Path) -> None:
    with pytest.raises(InputError, match="has frames of the scans 54, but none of scan 53"):
        frames_of(folder, 53, 0)
    tifffile.imwrite(folder / "made_S0053_00000.tif", FRAMES[0])
    with pytest.raises(InputError, match="frames of the scans 53, 54; say which"):
        frames_of(folder, None, 0)
    for file in folder.glob("made*.tif"):
        file.unlink()
    with pytest.raises(InputError, match="has no frames; their names look like"):
        frames_of(folder, None, 0)


def test_two_files_for_one_frame_are_refused(folder: Path) -> None:
    tifffile.imwrite(folder / "other_S54_3.tif", FRAMES[0])
    with pytest.raises(InputError, match=r"has two files for one frame, made_S0054_00003\.tif and other_S54_3\.tif"):
        frames_of(folder, 54, 0)
