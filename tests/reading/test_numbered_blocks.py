"""Numbered blocks are one scan; an absent block keeps its place, or is refused where its length is unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from phasekit import InputError
from phasekit.reading.hdf5 import read_data_set, read_hdf5, shape_of_data_set
from phasekit.reading.hdf5_file import opened_hdf5
from phasekit.reading.numbered_blocks import series, shortened
from phasekit.reading.stored import Stored

SHAPE = (20, 6, 8)
FRAMES = np.random.default_rng(3).integers(1, 2**16, SHAPE, dtype=np.uint32)
LENGTHS = (6, 6, 6, 2)


def master(folder: Path, lengths: Sequence[int] = LENGTHS, numbers: bool = False, first: int = 1) -> Path:
    """Write a master file as an Eiger does, with a link to each block."""
    with h5py.File(folder / "m_master.h5", "w") as file:
        at = 0
        for k, frames in enumerate(lengths, first):
            name = f"m_data_{k:06d}.h5"
            with h5py.File(folder / name, "w") as block:
                made = block.create_dataset("entry/data/data", data=FRAMES[at : at + frames], chunks=(1, 6, 8))
                if numbers:
                    made.attrs.update({"image_nr_low": at + 1, "image_nr_high": at + frames})
            file[f"entry/data/data_{k:06d}"] = h5py.ExternalLink(name, "entry/data/data")
            at += frames
    return folder / "m_master.h5"


def detector(path: Path, **values: int) -> None:
    with h5py.File(path, "a") as file:
        for key, value in values.items():
            file[f"entry/instrument/detector/detectorSpecific/{key}"] = value


def gone(path: Path, number: int, link: bool = False) -> None:
    """Remove a block's file, and its link."""
    (path.parent / f"m_data_{number:06d}.h5").unlink()
    if link:
        with h5py.File(path, "a") as file:
            del file[f"entry/data/data_{number:06d}"]


def read(path: Path, name: str = "entry/data", region: tuple[slice, ...] = ()) -> Stored:
    with opened_hdf5(path) as file:
        return read_data_set(file, name, region)


def refused(path: Path, name: str = "entry/data") -> str:
    with pytest.raises(InputError) as caught:
        read(path, name)
    return str(caught.value)


@pytest.mark.parametrize("first", [0, 1, 3])
@pytest.mark.parametrize("numbers", [False, True])
def test_blocks_are_one_scan(tmp_path: Path, first: int, numbers: bool) -> None:
    path = master(tmp_path, numbers=numbers, first=first)
    found = read(path)
    np.testing.assert_array_equal(found.array, FRAMES)
    assert found.array.dtype == np.uint32
    assert found.place == f"{path}: entry/data"
    with opened_hdf5(path) as file:
        assert shape_of_data_set(file, "entry/data") == SHAPE
    region = (slice(4, 19), slice(1, 3), slice(2, 7))
    np.testing.assert_array_equal(read(path, region=region).array, FRAMES[region])


def test_numbers_order_the_blocks_not_names(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for k in range(12):
            file[f"frames_{k + 1}"] = FRAMES[k : k + 1]
    np.testing.assert_array_equal(read(tmp_path / "a.h5", "/").array, FRAMES[:12])


@pytest.mark.parametrize("link", [False, True])
@pytest.mark.parametrize("numbers", [False, True])
def test_an_absent_block_in_the_middle_keeps_its_place(tmp_path: Path, numbers: bool, link: bool) -> None:
    path = master(tmp_path, numbers=numbers)
    gone(path, 2, link)
    found = read(path)
    assert found.array.shape == SHAPE
    assert sorted(found.missing) == list(range(6, 12))
    assert "data_000002 is absent" in found.missing[6] if link else "m_data_000002.h5, which" in found.missing[6]
    kept = [k for k in range(20) if k not in found.missing]
    np.testing.assert_array_equal(found.array[kept], FRAMES[kept])


def test_image_numbers_tell_how_long_irregular_blocks_were(tmp_path: Path) -> None:
    path = master(tmp_path, (3, 5, 4, 8), numbers=True)
    gone(path, 2)
    assert sorted(read(path).missing) == [3, 4, 5, 6, 7]
    path = master(tmp_path, (3, 5, 4, 8), numbers=True)
    gone(path, 1, link=True)
    assert sorted(read(path).missing) == [0, 1, 2]


def test_a_last_block_that_is_absent_is_as_long_as_the_master_file_says(tmp_path: Path) -> None:
    path = master(tmp_path)
    gone(path, 4)
    said = refused(path)
    assert "m_data_000004.h5, which is not there" in said
    assert "how many frames it has is unknown" in said
    assert read(path, "entry/data/data_000001").array.shape == (6, 6, 8)  # one advice
    detector(path, nimages=10, ntrigger=2)
    found = read(path)
    assert found.array.shape == SHAPE
    assert sorted(found.missing) == [18, 19]
    with h5py.File(tmp_path / "m_data_000004.h5", "w") as file:  # the other one
        file["entry/data/data"] = FRAMES[18:]
    np.testing.assert_array_equal(read(path).array, FRAMES)


def test_blocks_of_unknown_length_are_refused(tmp_path: Path) -> None:
    path = master(tmp_path, (3, 5, 4, 8))
    gone(path, 2)
    assert "data_000002 cannot be read: it is a link to m_data_000002.h5" in refused(path)


def test_blocks_of_different_frames_are_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["data_1"], file["data_2"] = FRAMES, FRAMES[:, :3]
    assert "has blocks of different frames: data_1 (20, 6, 8) uint32, data_2 (20, 3, 8) uint32" in refused(
        tmp_path / "a.h5", "/"
    )


@pytest.mark.parametrize(
    "sets",
    [
        {"data_01": FRAMES, "data_02": np.zeros(20)},
        {"data_1": FRAMES, "data_2": FRAMES, "mask_1": FRAMES, "mask_2": FRAMES},
        {"data": FRAMES},
        {"frame_1": FRAMES[0], "frame_2": FRAMES[1]},
        {},
    ],
)
def test_a_group_of_other_things_is_a_group(tmp_path: Path, sets: Mapping[str, Any]) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        group = file.create_group("entry")
        for name, array in sets.items():
            group[name] = array
        assert series(group) is None
    assert "'entry' is a group, not a data set" in refused(tmp_path / "a.h5", "entry")


def test_one_block_says_that_it_is_not_all(tmp_path: Path) -> None:
    path = master(tmp_path)
    assert "one of 4 numbered blocks" in " ".join(read(path, "entry/data/data_000002").notes)
    assert "the group 'entry/data' as data set is all of them" in " ".join(read(path, "entry/data/data_000002").notes)
    assert read(path).notes == ()
    assert read(master(tmp_path, (20,)), "entry/data/data_000001").notes == ()


def test_a_message_names_a_series_once(tmp_path: Path) -> None:
    path = master(tmp_path, (1,) * 20)
    said = refused(path, "intensity")
    assert "entry/data/data_000001 … data_000020 (1, 6, 8)" in said
    assert "data_000007" not in said
    gone(path, 7)
    assert "data_000007: it is a link to m_data_000007.h5, which is not there" in refused(path, "intensity")
    assert shortened([("a_1", "(2,)"), ("b", ": it is a link")]) == ["a_1 (2,)", "b: it is a link"]


def test_roles_may_name_groups(tmp_path: Path) -> None:
    found = read_hdf5(master(tmp_path), lambda there: {"counts": "entry/data"})
    np.testing.assert_array_equal(found["counts"].array, FRAMES)
