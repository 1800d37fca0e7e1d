"""Frames come out of TIFF files as they are; one that is damaged is named, and missing."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from phasekit import InputError
from phasekit.reading.tiff import is_picture, read_frames, read_image, read_stack

SHAPE = (11, 14, 12)


@pytest.fixture
def frames() -> np.ndarray:
    """(frames, rows, columns) uint16."""
    return np.random.default_rng(1).poisson(300, SHAPE).astype(np.uint16)


@pytest.fixture
def files(tmp_path: Path, frames: np.ndarray) -> list[Path]:
    """One file a frame: frame_0.tif … frame_10.tif."""
    written = [tmp_path / f"frame_{k}.tif" for k in range(len(frames))]
    for file, frame in zip(written, frames, strict=True):
        tifffile.imwrite(file, frame)
    return written


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.float32, np.float64])
@pytest.mark.parametrize("packed", [None, "zlib"])
def test_a_stack_is_read_as_it_is(tmp_path: Path, frames: np.ndarray, dtype: type[Any], packed: str | None) -> None:
    kept = (frames % 250).astype(dtype)
    tifffile.imwrite(tmp_path / "stack.tif", kept, photometric="minisblack", compression=packed)
    found = read_stack(tmp_path / "stack.tif").array
    np.testing.assert_array_equal(found, kept)
    assert found.dtype == kept.dtype


def test_a_stack_of_pages_that_know_nothing_of_each_other_is_read(tmp_path: Path, frames: np.ndarray) -> None:
    with tifffile.TiffWriter(tmp_path / "stack.tif") as file:
        for frame in frames:
            file.write(frame, contiguous=False, metadata=None)
    np.testing.assert_array_equal(read_stack(tmp_path / "stack.tif").array, frames)


def test_an_image_is_read_from_tiff_or_numpy_by_its_ending(tmp_path: Path, frames: np.ndarray) -> None:
    tifffile.imwrite(tmp_path / "one.TIFF", frames[0])
    np.save(tmp_path / "one.npy", frames[0])
    for name in ("one.TIFF", "one.npy"):
        np.testing.assert_array_equal(read_image(tmp_path / name).array, frames[0])
    with pytest.raises(InputError, match=r"\.tif, \.tiff, \.edf, \.cbf, \.npy, \.npz are read, not '\.png'"):
        read_image(tmp_path / "one.png")


def test_frames_of_one_file_each_are_stacked_in_the_order_given(files: list[Path], frames: np.ndarray) -> None:
    np.testing.assert_array_equal(read_frames(files[::-1], "here").array, frames[::-1])


@pytest.mark.parametrize("length", [150, 3, 0])
def test_a_truncated_frame_is_named_and_missing(files: list[Path], frames: np.ndarray, length: int) -> None:
    files[4].write_bytes(files[4].read_bytes()[:length])
    found = read_frames(files, "here")
    assert list(found.missing) == [4]
    assert found.missing[4].startswith("frame_4.tif: ")
    np.testing.assert_array_equal(np.delete(found.array, 4, axis=0), np.delete(frames, 4, axis=0))


def test_a_frame_that_is_not_there_is_named_and_none_at_all_is_refused(files: list[Path]) -> None:
    found = read_frames([*files[:2], "frame_2.tif", *files[3:]], "here")
    assert found.missing == {2: "frame_2.tif is not there"}
    with pytest.raises(InputError, match=r"here: no frame can be read; the first: gone\.tif is not there"):
        read_frames(["gone.tif"], "here")


def test_a_frame_of_another_shape_or_of_many_pages_is_refused(files: list[Path], frames: np.ndarray) -> None:
    tifffile.imwrite(files[3], frames[3, :, :7])
    with pytest.raises(InputError, match=r"frame_3\.tif has shape \(14, 7\), the other frames have \(14, 12\)"):
        read_frames(files, "here")
    tifffile.imwrite(files[3], frames, photometric="minisblack")
    with pytest.raises(InputError, match=r"frame_3\.tif has 11 pages, and one frame per file is needed"):
        read_frames(files, "here")


def test_a_damaged_page_of_a_stack_is_named_and_missing(tmp_path: Path, frames: np.ndarray) -> None:
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, frames, photometric="minisblack", compression="zlib")
    with tifffile.TiffFile(path) as file:
        page = file.pages[3]
        offset, size = page.dataoffsets[0], page.databytecounts[0]
    content = bytearray(path.read_bytes())
    content[offset : offset + size] = b"\xff" * size
    path.write_bytes(content)
    found = read_stack(path)
    assert list(found.missing) == [3]
    np.testing.assert_array_equal(np.delete(found.array, 3, axis=0), np.delete(frames, 3, axis=0))


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("part", [0.5, 0.8])
def test_a_stack_that_is_cut_off_is_refused(tmp_path: Path, frames: np.ndarray, together: bool, part: float) -> None:
    path = tmp_path / "stack.tif"
    with tifffile.TiffWriter(path) as file:
        for frame in frames:
            file.write(frame, contiguous=together, metadata=None if not together else {})
    content = path.read_bytes()
    path.write_bytes(content[: int(part * len(content))])
    with pytest.raises(InputError, match="truncated"):
        read_stack(path)


def test_what_is_no_tiff_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.tif").write_text("no picture")
    with pytest.raises(InputError, match="no TIFF file"):
        read_stack(tmp_path / "text.tif")


def test_a_picture_in_colours_is_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "photo.tif", np.zeros((20, 30, 3), np.uint8), photometric="rgb")
    with pytest.raises(InputError, match="frames of counts, rows × columns, are needed"):
        read_stack(tmp_path / "photo.tif")


@pytest.mark.parametrize("packing", ["tiff_lzw", "zstd", "jpeg"])
def test_a_packing_that_needs_imagecodecs_is_one_sentence_and_what_it_says_is_right(
    tmp_path: Path, frames: np.ndarray, packing: str
) -> None:
    if importlib.util.find_spec("imagecodecs"):
        pytest.skip("imagecodecs is installed")
    kept = (frames[0] % 250).astype(np.uint8)
    Image.fromarray(kept).save(tmp_path / "frame.tif", compression=packing)
    with pytest.raises(InputError) as caught:
        read_stack(tmp_path / "frame.tif")
    assert "needs the package imagecodecs: install it (pip install imagecodecs), or write the frames without" in str(
        caught.value
    )
    Image.fromarray(kept).save(tmp_path / "frame.tif")
    np.testing.assert_array_equal(read_stack(tmp_path / "frame.tif").array, kept)


@pytest.mark.parametrize(
    ("name", "frame"),
    [("a.tif", True), ("a.TIFF", True), ("a.edf", True), ("a.cbf.gz", True), ("a.tif.txt", False), ("a.gz", False)],
)
def test_only_pictures_are_frames(name: str, frame: bool) -> None:
    assert is_picture(Path(name)) == frame
