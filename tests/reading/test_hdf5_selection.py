"""Selections of virtual data sets, and series of files without an end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from h5py import h5d, h5p, h5s, h5t

from phasekit.reading.hdf5 import read_data_set, shape_of_data_set
from phasekit.reading.hdf5_file import opened_hdf5
from phasekit.reading.hdf5_selection import Selection, spelt
from phasekit.reading.stored import Stored

SHAPE = (20, 6, 8)
FRAMES = np.random.default_rng(3).integers(1, 2**16, SHAPE, dtype=np.uint16)


def series(path: Path, file: bytes, name: bytes = b"d", block: int = 5, all_of_source: bool = True) -> Path:
    """Write a virtual data set whose sources are numbered."""
    with h5py.File(path, "a") as opened:
        space = h5s.create_simple(SHAPE, (h5s.UNLIMITED, *SHAPE[1:]))
        part, whole, created = space.copy(), h5s.create_simple((block, *SHAPE[1:])), h5p.create(h5p.DATASET_CREATE)
        part.select_hyperslab((0, 0, 0), (h5s.UNLIMITED, 1, 1), stride=(block, 1, 1), block=(block, *SHAPE[1:]))
        if all_of_source:
            whole.select_all()
        else:
            whole.select_hyperslab((0, 0, 0), (1, 1, 1), block=(block, *SHAPE[1:]))
        created.set_virtual(part, file, name, whole)
        h5d.create(opened.id, b"data", h5t.NATIVE_UINT16, space, created)
    return path


def write(path: Path, array: np.ndarray, name: str = "d") -> None:
    with h5py.File(path, "a") as file:
        file.create_dataset(name, data=array, maxshape=(None, *SHAPE[1:]), chunks=(1, *SHAPE[1:]))


def read(path: Path, region: tuple[slice, ...] = ()) -> Stored:
    with opened_hdf5(path) as file:
        return read_data_set(file, "data", region)


@pytest.mark.parametrize("all_of_source", [True, False])
@pytest.mark.parametrize(("pattern", "names"), [("blk-%b.h5", "blk-{}.h5"), ("s%b/a%%%b.h5", "s{0}/a%{0}.h5")])
def test_a_series_of_files_is_read_beyond_its_gaps(
    tmp_path: Path, pattern: str, names: str, all_of_source: bool
) -> None:
    for k in range(4):
        (tmp_path / names.format(k)).parent.mkdir(exist_ok=True)
        write(tmp_path / names.format(k), FRAMES[5 * k : 5 * k + 5])
    path = series(tmp_path / "top.h5", pattern.encode(), all_of_source=all_of_source)
    np.testing.assert_array_equal(read(path).array, FRAMES)
    region = (slice(3, 12), slice(1, 4), slice(2, 8))
    np.testing.assert_array_equal(read(path, region).array, FRAMES[region])
    (tmp_path / names.format(1)).unlink()
    found = read(path)
    assert found.array.shape == SHAPE
    assert found.missing == dict.fromkeys(range(5, 10), f"{names.format(1)} is not there")
    with opened_hdf5(path) as file:
        assert shape_of_data_set(file, "data") == SHAPE


def test_the_last_file_of_a_series_may_be_in_the_making(tmp_path: Path) -> None:
    for k in range(4):
        write(tmp_path / f"blk-{k}.h5", FRAMES[5 * k : 5 * k + 5][: 2 if k == 3 else None])
    found = read(series(tmp_path / "top.h5", b"blk-%b.h5"))
    np.testing.assert_array_equal(found.array[:17], FRAMES[:17])
    assert found.missing == dict.fromkeys(range(17, len(found.array)), "'d' in blk-3.h5 ends before it")


def test_a_series_of_data_sets_of_one_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "top.h5"
    for k in range(4):
        write(path, FRAMES[5 * k : 5 * k + 5], f"entry/d{k}")
    np.testing.assert_array_equal(read(series(path, b".", b"entry/d%b")).array, FRAMES)


def test_a_source_without_an_end_grows(tmp_path: Path) -> None:
    layout = h5py.VirtualLayout((1, *SHAPE[1:]), np.uint16, maxshape=(None, *SHAPE[1:]))
    endless: Any = h5s.UNLIMITED
    layout[:endless] = h5py.VirtualSource("raw.h5", "d", (1, *SHAPE[1:]), maxshape=(None, *SHAPE[1:]))[:endless]
    with h5py.File(tmp_path / "top.h5", "w") as file:
        file.create_virtual_dataset("data", layout)
    for frames in (3, 20):
        (tmp_path / "raw.h5").unlink(missing_ok=True)
        write(tmp_path / "raw.h5", FRAMES[:frames])
        np.testing.assert_array_equal(read(tmp_path / "top.h5").array, FRAMES[:frames])


def test_irregular_selections_are_read_as_h5py_reads_them(tmp_path: Path) -> None:
    write(tmp_path / "raw.h5", FRAMES)
    with h5py.File(tmp_path / "top.h5", "w") as file:
        space, source = h5s.create_simple(SHAPE), h5s.create_simple(SHAPE)
        for one in (space, source):
            one.select_hyperslab((0, 0, 0), (1, 1, 1), block=(9, 6, 8))
            one.select_hyperslab((10, 2, 1), (1, 1, 1), block=(7, 3, 4), op=h5s.SELECT_OR)
        created = h5p.create(h5p.DATASET_CREATE)
        created.set_virtual(space, b"raw.h5", b"d", source)
        h5d.create(file.id, b"data", h5t.NATIVE_UINT16, h5s.create_simple(SHAPE), created)
    with h5py.File(tmp_path / "top.h5") as file:
        expected = file["data"][()]
    found = read(tmp_path / "top.h5")
    filled = expected != 0
    np.testing.assert_array_equal(found.array[filled], expected[filled])
    assert found.absent is not None
    lost = found.absent.copy()
    lost[list(found.missing)] = True
    np.testing.assert_array_equal(lost, ~filled)


def test_a_selection_of_axes_is_their_product() -> None:
    chosen = Selection((np.array([1, 3]), np.array([0, 2])))
    assert chosen.flattened((4, 5)).tolist() == [5, 7, 15, 17]
    assert Selection(flat=np.array([3, 1])).flattened((4, 5)).tolist() == [3, 1]


@pytest.mark.parametrize(
    ("name", "expected"), [("a.h5", "a.h5"), ("a-%b.h5", "a-7.h5"), ("a%%%b.h5", "a%7.h5"), ("a%%b.h5", "a%b.h5")]
)
def test_names_are_spelt_as_hdf5_spells_them(name: str, expected: str) -> None:
    assert spelt(name, 7) == expected
