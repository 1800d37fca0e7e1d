"""Bytes in raw files are found beside the HDF5 file, from whatever folder one reads, and never replaced by zeros."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from phasekit import InputError
from phasekit.reading.hdf5 import read_data_set
from phasekit.reading.hdf5_file import opened_hdf5
from phasekit.reading.hdf5_raw import raw_data
from phasekit_plugins.sources.hdf5 import Hdf5

SHAPE = (6, 8, 10)
FRAMES = np.random.default_rng(3).integers(1, 2**20, SHAPE)
ENDLESS = h5py.h5f.UNLIMITED
FRAME = 4 * 80
LAYOUTS = {
    "one file": [("frames.raw", 0, ENDLESS)],
    "behind a header": [("frames.raw", 1024, ENDLESS)],
    "two files": [("a.raw", 16, 2 * FRAME + 40), ("b.raw", 3, ENDLESS)],
    "a file per frame": [(f"f_{k}.raw", 0, FRAME) for k in range(6)],
    "one folder down": [("raw/frames.raw", 0, ENDLESS)],
    "more room than data": [("frames.raw", 0, 10 * FRAME)],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the files, which is the working folder while they are written, as HDF5 has it."""
    for name in ("data/raw", "elsewhere"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "data")
    return tmp_path / "data"


def write(path: Path, external: list[tuple[str, int, int]], dtype: str = "<u4") -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("data", data=FRAMES.astype(dtype), external=external)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["<u4", ">i4", "<f4"])
@pytest.mark.parametrize("region", [(), (slice(1, 5), slice(2, 8), slice(0, 3))])
def test_frames_in_raw_files_are_read_from_any_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch, layout: str, dtype: str, region: tuple[slice, ...]
) -> None:
    write(folder / "scan.h5", LAYOUTS[layout], dtype)
    monkeypatch.chdir(folder.parent / "elsewhere")
    Path("frames.raw").write_bytes(bytes(FRAMES.size * 4))  # another scan's, which HDF5 would read
    with opened_hdf5(folder / "scan.h5") as file:
        read = read_data_set(file, "data", region)
    np.testing.assert_array_equal(read.array, FRAMES.astype(dtype)[region])
    assert read.array.dtype == np.dtype(dtype)


def test_a_source_reads_them_and_trusts_all(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder / "scan.h5", LAYOUTS["two files"])
    monkeypatch.chdir(folder.parent)
    raw = Hdf5(path=folder / "scan.h5", dataset="data").raw()
    np.testing.assert_array_equal(raw.counts.numpy(), FRAMES)
    assert bool(raw.valid.all())


def test_a_virtual_data_set_of_raw_files_is_read_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder / "inner.h5", LAYOUTS["one file"])
    layout = h5py.VirtualLayout(SHAPE, "<u4")
    layout[:] = h5py.VirtualSource("inner.h5", "data", SHAPE)
    with h5py.File(folder / "scan.h5", "w") as file:
        file.create_virtual_dataset("data", layout)
    monkeypatch.chdir(folder.parent / "elsewhere")
    with opened_hdf5(folder / "scan.h5") as file:
        np.testing.assert_array_equal(read_data_set(file, "data", ()).array, FRAMES)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_raw_file_that_is_absent_or_short_is_named_and_copied_there_it_is_read(folder: Path, layout: str) -> None:
    path, name = folder / "scan.h5", LAYOUTS[layout][-1][0]
    write(path, LAYOUTS[layout])
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[:-1])
    with opened_hdf5(path) as file, pytest.raises(InputError, match=f"is stored in {name}, which is truncated; copy"):
        read_data_set(file, "data", ())
    (folder / name).unlink()
    with opened_hdf5(path) as file, pytest.raises(InputError, match=f"{name}, which is not there; copy it") as caught:
        read_data_set(file, "data", ())
    assert "\n" not in str(caught.value)
    (folder / name).write_bytes(whole)
    with opened_hdf5(path) as file:
        np.testing.assert_array_equal(read_data_set(file, "data", ()).array, FRAMES)


def test_data_that_are_in_the_file_are_in_no_raw_file(folder: Path) -> None:
    with h5py.File(folder / "scan.h5", "w") as file:
        assert raw_data(file.create_dataset("data", data=FRAMES)) is None
