"""Arrays of MATLAB 7.3 files come with their axes in phasekit's order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from phasekit.reading.hdf5 import shape_of_data_set
from phasekit.reading.hdf5_file import opened_hdf5
from phasekit.reading.matlab import as_numbers, is_matlab, turned

from .hdf5_reading import read, refused

MATLAB = np.random.default_rng(3).integers(0, 1000, (6, 8, 5))
"""As MATLAB has it: rows × columns × frames."""


def write(folder: Path, array: Any, kind: str | None = "double", **options: Any) -> Path:
    """Write an array as MATLAB does: its axes in reverse."""
    path = folder / "scan.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        made = file.create_dataset("data", data=np.asarray(array).T, **options)
        if kind is not None:
            made.attrs["MATLAB_class"] = np.bytes_(kind)
    with path.open("r+b") as raw:
        raw.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64")
    return path


@pytest.mark.parametrize("chunks", [None, (2, 4, 3)])
def test_rows_columns_frames_become_frames_rows_columns(tmp_path: Path, chunks: tuple[int, ...] | None) -> None:
    path, expected = write(tmp_path, MATLAB.astype(float), chunks=chunks), MATLAB.transpose(2, 0, 1)
    found = read(path)
    np.testing.assert_array_equal(found.array, expected)
    assert "is an array of MATLAB of size 6 × 8 × 5, taken as rows × columns × frames" in " ".join(found.notes)
    region = (slice(1, 4), slice(2, 6), slice(0, 7))
    np.testing.assert_array_equal(read(path, region=region).array, expected[region])
    with opened_hdf5(path) as file:
        assert shape_of_data_set(file, "data") == (5, 6, 8)


def test_an_array_with_other_axes_is_right_after_the_advice(tmp_path: Path) -> None:
    frames_first = MATLAB.transpose(2, 0, 1)
    assert "taken as rows × columns × frames" in " ".join(read(write(tmp_path, frames_first)).notes)
    permuted = np.transpose(frames_first, (1, 2, 0))  # permute(data, [2 3 1])
    np.testing.assert_array_equal(read(write(tmp_path, permuted)).array, frames_first)


def test_pictures_are_upright_and_vectors_have_one_axis(tmp_path: Path) -> None:
    found = read(write(tmp_path, MATLAB[:, :, 0]))
    np.testing.assert_array_equal(found.array, MATLAB[:, :, 0])
    assert found.notes == ()
    for vector in (np.arange(5.0)[:, None], np.arange(5.0)[None]):
        np.testing.assert_array_equal(read(write(tmp_path, vector)).array, np.arange(5))


def test_files_of_h5py_keep_their_axes(tmp_path: Path) -> None:
    path = write(tmp_path, MATLAB, kind=None)
    np.testing.assert_array_equal(read(path).array, MATLAB.T)
    with h5py.File(path) as file:
        assert not is_matlab(file["data"])


def test_octave_writes_alike(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file["counts/value"] = MATLAB.T
        file["counts"].attrs["OCTAVE_NEW_FORMAT"] = np.uint8(1)
    np.testing.assert_array_equal(read(tmp_path / "scan.h5", "counts/value").array, MATLAB.transpose(2, 0, 1))


@pytest.mark.parametrize(
    ("names", "part", "expected"),
    [
        (("real", "imag"), "f8", "c16"),
        (("real", "imag"), "f4", "c8"),
        (("re", "im"), "f8", "c16"),
        (("Real", "Imag"), "f8", "c16"),
        (("real", "imag"), "i2", "c8"),
    ],
)
def test_compounds_of_two_parts_are_complex_numbers(
    tmp_path: Path, names: tuple[str, str], part: str, expected: str
) -> None:
    stored = np.zeros(MATLAB.shape, [(name, part) for name in names])
    stored[names[0]], stored[names[1]] = MATLAB, -2 * MATLAB
    found = read(write(tmp_path, stored))
    assert found.array.dtype == np.dtype(expected)
    np.testing.assert_array_equal(found.array, (MATLAB - 2j * MATLAB).transpose(2, 0, 1))


@pytest.mark.parametrize("names", [("x", "y"), ("real", "imag", "more")])
def test_other_compounds_are_no_numbers(tmp_path: Path, names: tuple[str, ...]) -> None:
    stored = np.zeros((4, 5), [(name, "f8") for name in names])
    assert as_numbers(stored) is stored
    assert "not numbers; name another array" in refused(write(tmp_path, stored, kind=None))


@pytest.mark.parametrize("kind", ["char", "cell", "struct"])
def test_texts_and_cells_are_no_numbers(tmp_path: Path, kind: str) -> None:
    assert f"is of MATLAB's class {kind}, not numbers" in refused(write(tmp_path, MATLAB.astype("u2"), kind))


def test_an_empty_array_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, np.array([0, 0], np.uint64))
    with h5py.File(path, "a") as file:
        file["data"].attrs["MATLAB_empty"] = np.uint8(1)
    assert "is an empty array of MATLAB" in refused(path)


def test_turning_twice_is_no_turn() -> None:
    for shape in ((), (3,), (3, 4), (2, 3, 4), (1, 2, 3, 4)):
        assert turned(turned(shape)) == shape
