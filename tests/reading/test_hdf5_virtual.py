"""Virtual data sets are read as h5py reads them if all files are there; else what is absent is labelled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phasekit.reading.hdf5_virtual import UNMAPPED
from phasekit.reading.stored import Stored

from .hdf5_reading import read, refused

SHAPE = (12, 6, 8)
FRAMES = np.random.default_rng(3).integers(1, 2**16, SHAPE, dtype=np.uint16)


def write(path: Path, array: Any, name: str = "d", **options: Any) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset(name, data=array, **options)


def virtual(path: Path, parts: list[tuple[Any, h5py.VirtualSource]], shape: tuple[int, ...] = SHAPE) -> Path:
    layout = h5py.VirtualLayout(shape, np.uint16)
    for place, source in parts:
        layout[place] = source
    with h5py.File(path, "w") as file:
        file.create_virtual_dataset("data", layout, fillvalue=9)
    return path


def lost(found: Stored) -> np.ndarray:
    """Return which voxels are missing."""
    absent: np.ndarray = np.zeros(found.array.shape, bool) if found.absent is None else found.absent.copy()
    absent[list(found.missing)] = True
    return absent


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_any_arrangement_of_strips_tiles_and_strides_is_read_as_h5py_reads_it(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("vds")
    axis, stride = data.draw(st.integers(0, 2)), data.draw(st.sampled_from([1, 2, 3]))
    parts: list[tuple[Any, h5py.VirtualSource]] = []
    for k in range(stride):
        places = [slice(None)] * 3
        places[axis] = slice(k, None, stride)
        part = FRAMES[tuple(places)]
        first = data.draw(st.integers(0, 3))
        margin = np.pad(part, [(first, 1)] * 3, constant_values=7)
        inner = tuple(slice(first, first + n) for n in part.shape)
        dtype = data.draw(st.sampled_from(["u2", "u4", "f4", ">i4"]))
        write(folder / f"part{k}.h5", margin.astype(dtype), chunks=data.draw(st.sampled_from([None, (1, 3, 4)])))
        parts.append((tuple(places), h5py.VirtualSource(f"part{k}.h5", "d", margin.shape, dtype)[inner]))
    path = virtual(folder / "top.h5", parts)
    low = [data.draw(st.integers(0, n - 1)) for n in SHAPE]
    region = tuple(slice(at, data.draw(st.integers(at + 1, n))) for at, n in zip(low, SHAPE, strict=True))
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file["data"][()], FRAMES)
    np.testing.assert_array_equal(read(path).array, FRAMES)
    np.testing.assert_array_equal(read(path, region=region).array, FRAMES[region])
    gone = data.draw(st.integers(0, stride - 1))
    (folder / f"part{gone}.h5").unlink()
    expected = np.zeros(SHAPE, bool)
    expected[parts[gone][0]] = True
    if not expected[region].all():
        found = read(path, region=region)
        np.testing.assert_array_equal(lost(found), expected[region])
        np.testing.assert_array_equal(found.array[~expected[region]], FRAMES[region][~expected[region]])
        assert f"part{gone}.h5 is not there" in str(found.missing) + str(found.notes) or not expected[region].any()


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_a_file_that_is_absent_at_the_bottom_is_seen_from_the_top(tmp_path: Path, depth: int) -> None:
    for k in range(3):
        write(tmp_path / f"raw{k}.h5", FRAMES[4 * k : 4 * k + 4])
    parts = [(slice(4 * k, 4 * k + 4), h5py.VirtualSource(f"raw{k}.h5", "d", (4, 6, 8))) for k in range(3)]
    path = virtual(tmp_path / "level0.h5", parts)
    for level in range(depth):
        source = h5py.VirtualSource(path.name, "data", SHAPE)
        path = virtual(tmp_path / f"level{level + 1}.h5", [(slice(0, 12), source)])
    np.testing.assert_array_equal(read(path).array, FRAMES)
    (tmp_path / "raw1.h5").unlink()
    found = read(path)
    assert found.missing == dict.fromkeys(range(4, 8), "raw1.h5 is not there")
    np.testing.assert_array_equal(found.array[8:], FRAMES[8:])
    for k in (0, 2):
        (tmp_path / f"raw{k}.h5").unlink()
    assert "raw0.h5 is not there; copy it beside the file" in refused(path)
    for k in range(3):  # the advice
        write(tmp_path / f"raw{k}.h5", FRAMES[4 * k : 4 * k + 4])
    np.testing.assert_array_equal(read(path).array, FRAMES)


def test_what_is_absent_in_a_file_that_exists_is_named(tmp_path: Path) -> None:
    names = ["other", "short", "locked", "unwritten", "damaged", "group"]
    write(tmp_path / "other.h5", FRAMES[:2], "elsewhere")
    write(tmp_path / "short.h5", FRAMES[2:3])
    (tmp_path / "locked.h5").write_text("no HDF5 file")
    with h5py.File(tmp_path / "unwritten.h5", "w") as file:
        file.create_dataset("d", (2, 6, 8), np.uint16, chunks=(1, 6, 8))[0] = FRAMES[6]
    write(tmp_path / "damaged.h5", FRAMES[8:10], chunks=(1, 6, 8), compression="gzip")
    with h5py.File(tmp_path / "damaged.h5") as file:
        chunk = file["d"].id.get_chunk_info(1)
    with (tmp_path / "damaged.h5").open("r+b") as raw:
        raw.seek(chunk.byte_offset)
        raw.write(bytes(chunk.size))
    with h5py.File(tmp_path / "group.h5", "w") as file:
        file.create_group("d")
    parts = [
        (slice(2 * k, 2 * k + 2), h5py.VirtualSource(f"{name}.h5", "d", (2, 6, 8))) for k, name in enumerate(names)
    ]
    found = read(virtual(tmp_path / "top.h5", parts))
    assert found.missing[0] == found.missing[1] == "'d' is absent in other.h5"
    assert found.missing[3] == "'d' in short.h5 ends before it"
    assert "locked.h5 cannot be read: it is not an HDF5 file" in found.missing[4]
    assert found.missing[7] == "never written"
    assert found.missing[9].startswith("damaged: ")
    assert found.missing[10] == "'d' is a group in group.h5"
    assert sorted(found.missing) == [0, 1, 3, 4, 5, 7, 9, 10, 11]
    for frame in (2, 6, 8):
        np.testing.assert_array_equal(found.array[frame], FRAMES[frame])


def test_a_region_that_no_file_is_named_for_is_untrusted(tmp_path: Path) -> None:
    write(tmp_path / "left.h5", FRAMES[:, :, :3])
    write(tmp_path / "right.h5", FRAMES[:, :, 5:])
    path = virtual(
        tmp_path / "top.h5",
        [
            ((slice(None), slice(None), slice(0, 3)), h5py.VirtualSource("left.h5", "d", (12, 6, 3))),
            ((slice(None), slice(None), slice(5, 8)), h5py.VirtualSource("right.h5", "d", (12, 6, 3))),
        ],
    )
    found = read(path)
    assert found.absent is not None
    assert found.absent.all(axis=(0, 1)).tolist() == [False] * 3 + [True] * 2 + [False] * 3
    assert any(f"144 voxels are missing ({UNMAPPED})" in note for note in found.notes)
    assert read(virtual(tmp_path / "half.h5", [(slice(0, 6), h5py.VirtualSource("left.h5", "d", SHAPE)[0:6])])).missing
    assert "cannot be read: no file is named for it" in refused(virtual(tmp_path / "none.h5", []))


def test_sources_in_the_same_file_and_in_the_working_folder_or_by_prefix_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, scan = tmp_path / "work", tmp_path / "scan"
    work.mkdir()
    scan.mkdir()
    path = virtual(scan / "top.h5", [(slice(0, 12), h5py.VirtualSource("raw.h5", "d", SHAPE))])
    write(work / "raw.h5", FRAMES)
    assert "raw.h5 is not there" in refused(path)
    monkeypatch.setenv("HDF5_VDS_PREFIX", str(work))
    np.testing.assert_array_equal(read(path).array, FRAMES)
    monkeypatch.setenv("HDF5_VDS_PREFIX", "${ORIGIN}/../work")
    np.testing.assert_array_equal(read(path).array, FRAMES)
    monkeypatch.delenv("HDF5_VDS_PREFIX")
    monkeypatch.chdir(work)
    np.testing.assert_array_equal(read(path).array, FRAMES)
    path = virtual(scan / "own.h5", [(slice(0, 12), h5py.VirtualSource(".", "d", SHAPE))])
    with h5py.File(path, "a") as file:
        file["d"] = FRAMES
    np.testing.assert_array_equal(read(path).array, FRAMES)


def test_a_source_behind_a_link_is_read(tmp_path: Path) -> None:
    write(tmp_path / "raw.h5", FRAMES)
    with h5py.File(tmp_path / "linking.h5", "w") as file:
        file["d"] = h5py.ExternalLink("raw.h5", "d")
    path = virtual(tmp_path / "top.h5", [(slice(0, 12), h5py.VirtualSource("linking.h5", "d", SHAPE))])
    np.testing.assert_array_equal(read(path).array, FRAMES)
    (tmp_path / "raw.h5").unlink()
    assert "'d': it is a link to raw.h5, which is not there" in refused(path)


def test_shapes_that_differ_are_filled_in_order(tmp_path: Path) -> None:
    write(tmp_path / "flat.h5", FRAMES.ravel())
    write(tmp_path / "one.h5", FRAMES[0])
    path = virtual(tmp_path / "top.h5", [(slice(0, 12), h5py.VirtualSource("flat.h5", "d", (576,)))])
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file["data"][()], FRAMES)
    np.testing.assert_array_equal(read(path).array, FRAMES)
    region = (slice(3, 7), slice(1, 5), slice(2, 8))
    np.testing.assert_array_equal(read(path, region=region).array, FRAMES[region])
    path = virtual(tmp_path / "single.h5", [(0, h5py.VirtualSource("one.h5", "d", (6, 8)))])
    found = read(path)
    np.testing.assert_array_equal(found.array[0], FRAMES[0])
    assert sorted(found.missing) == list(range(1, 12))


def test_virtual_data_sets_in_a_circle_are_refused(tmp_path: Path) -> None:
    for this, other in (("a", "b"), ("b", "a")):
        virtual(tmp_path / f"{this}.h5", [(slice(0, 12), h5py.VirtualSource(f"{other}.h5", "data", SHAPE))])
    assert "in a circle" in refused(tmp_path / "a.h5")
