"""Data sets of HDF5 files are read by name, in part if wanted; what is absent is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import hdf5plugin
import numpy as np
import pytest

from phasekit import InputError
from phasekit.reading.arrays import Arrays
from phasekit.reading.hdf5 import is_there, opened_hdf5, read_data_set, read_hdf5, shape_of_data_set
from phasekit.reading.hdf5_links import followed
from phasekit.reading.stored import Stored

SHAPE = (6, 8, 10)
STACK = (12, 16, 18)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with frames, a picture, a column and a number."""
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file["entry/counts"] = np.random.default_rng(3).poisson(100, SHAPE).astype(np.uint32)
        file["entry/mask"] = np.ones(SHAPE[1:], bool)
        file["monitor"] = np.arange(6)
        file["energy"] = 9.0
        file["lost"] = h5py.ExternalLink("nothing.h5", "data")
        file["nothing"] = h5py.Empty("f8")
        file["unborn"] = np.zeros((0, 8, 10))
        file["text"] = "hello"
        file["pairs"] = np.zeros(3, [("x", "f4"), ("y", "f4")])
    return tmp_path / "scan.h5"


def read(path: Path, name: str, *region: slice) -> Stored:
    with opened_hdf5(path) as file:
        return read_data_set(file, name, region)


def refused(path: Path, name: str, *region: slice) -> str:
    with pytest.raises(InputError) as caught:
        read(path, name, *region)
    return str(caught.value)


def test_a_region_is_of_the_last_axes(path: Path) -> None:
    whole = read(path, "entry/counts").array
    np.testing.assert_array_equal(read(path, "entry/counts", slice(2, 5), slice(3, 9)).array, whole[:, 2:5, 3:9])
    np.testing.assert_array_equal(
        read(path, "entry/counts", slice(1, 3), slice(2, 5), slice(3, 9)).array, whole[1:3, 2:5, 3:9]
    )
    assert read(path, "entry/mask", slice(2, 5), slice(3, 9)).array.shape == (3, 6)
    assert read(path, "monitor", slice(2, 5), slice(3, 9)).array.shape == (6,)
    assert read(path, "energy", slice(2, 5), slice(3, 9)).array == 9
    for region in ((slice(2, 9), slice(3, 9)), (slice(5, 5), slice(3, 9)), (slice(2, 5), slice(10, 12))):
        assert "is not inside" in refused(path, "entry/counts", *region)


@pytest.mark.skipif(not Path("/proc/self/io").is_file(), reason="the system does not count the bytes")
@pytest.mark.parametrize("chunks", [None, (1, 1200, 900)])
def test_a_region_takes_its_own_bytes_from_the_file(tmp_path: Path, chunks: tuple[int, ...] | None) -> None:
    frames = np.random.default_rng(0).integers(0, 100, (12, 1200, 900), dtype=np.uint32)
    with h5py.File(tmp_path / "lima.h5", "w") as file:
        file.create_dataset("data", data=frames, chunks=chunks)
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file["instrument/det/data"] = h5py.ExternalLink("lima.h5", "data")
        file["measurement/det"] = h5py.SoftLink("/instrument/det/data")
    region = (slice(300, 500), slice(400, 600))
    read(tmp_path / "scan.h5", "measurement/det", *region)
    before = bytes_read()
    found = read(tmp_path / "scan.h5", "measurement/det", *region).array
    assert bytes_read() - before < 1.3 * found.nbytes
    np.testing.assert_array_equal(found, frames[:, 300:500, 400:600])


def bytes_read() -> int:
    """Return the bytes that this process has asked the system for."""
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("rchar")))


def test_shapes_are_known_without_reading(path: Path) -> None:
    with opened_hdf5(path) as file:
        names = ["entry/counts", "entry/mask", "monitor", "energy", "lost", "entry", "other"]
        shapes = [SHAPE, SHAPE[1:], (6,), (), None, None, None]
        assert [shape_of_data_set(file, name) for name in names] == shapes
        assert [is_there(file, name) for name in ("entry/counts", "entry", "lost", "other")] == [
            True,
            True,
            True,
            False,
        ]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nothing", "is empty; name another array"),
        ("unborn", r"has shape (0, 8, 10): nothing has been written yet"),
        ("text", "holds object, not numbers"),
        ("pairs", "not numbers; name another array"),
        ("lost", "'lost' is absent: it is a link to nothing.h5, which is not there; copy it beside the file"),
        ("entry", "'entry' is a group, not a data set; available data sets: energy (), entry/counts (6, 8, 10)"),
        ("entry/counts/deeper", "'entry/counts/deeper' is absent; available"),
    ],
)
def test_what_is_no_array_of_numbers_is_refused(path: Path, name: str, reason: str) -> None:
    assert reason in refused(path, name)


def test_missing_numbers_of_a_column_are_no_numbers(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file.create_dataset("monitor", (6,), np.int32, chunks=(2,))[:4] = [5, 6, 7, 8]
    found = read(tmp_path / "scan.h5", "monitor")
    np.testing.assert_array_equal(found.array, [5, 6, 7, 8, np.nan, np.nan])
    assert sorted(found.missing) == [4, 5]


def test_voxels_that_are_absent_are_untrusted_in_counts_and_corrections(tmp_path: Path) -> None:
    path = tmp_path / "scan.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("counts", SHAPE, np.uint16, chunks=(1, 4, 10))[:, :4] = 7
        file.create_dataset("mask", SHAPE[1:], np.uint8, chunks=(8, 5))[:, :5] = 0
        file.create_dataset("flat", SHAPE[1:], np.float32, chunks=(8, 2))[:, 2:] = 1
    stored = read_hdf5(path, lambda there: {name: name for name in ("counts", "mask", "flat")})
    for means, trusted in (("bad", True), ("good", False)):
        raw = Arrays(stored["counts"], valid=stored["mask"], flat_field=stored["flat"]).measurement(means)
        expected = np.zeros(SHAPE, bool)
        expected[:, :4, :5] = trusted
        np.testing.assert_array_equal(raw.valid, expected)
    assert raw.flat_field is not None
    corrected = raw.divided_by(raw.flat_field, "flat field")
    assert not bool(corrected.valid[..., :2].any())
    assert sum("never written" in note for note in raw.notes) == 3


def test_available_data_sets_are_looked_up_when_asked_for(path: Path) -> None:
    def wanted(there: object) -> dict[str, str]:
        assert isinstance(there, object)
        return {"counts": "entry/counts"} if "entry/counts" in there else {}  # type: ignore[operator]

    assert read_hdf5(path, wanted)["counts"].array.shape == SHAPE


@pytest.fixture
def frames() -> np.ndarray:
    """(frames, rows, columns) uint32."""
    return np.random.default_rng(3).poisson(100, STACK).astype(np.uint32)


def write(path: Path, **arrays: np.ndarray) -> Path:
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name.replace("__", "/")] = array
    return path


def test_data_sets_are_chosen_among_those_that_are_there(tmp_path: Path, frames: np.ndarray) -> None:
    path = write(tmp_path / "scan.h5", entry__counts=frames, mask=frames[0] > 90)
    asked: dict[str, tuple[int, ...]] = {}

    def wanted(there: Any) -> dict[str, str]:
        asked.update(there)
        return {"counts": "entry/counts"}

    found = read_hdf5(path, wanted)
    assert asked == {"entry/counts": STACK, "mask": STACK[1:]}
    np.testing.assert_array_equal(found["counts"].array, frames)
    assert found["counts"].place == f"{path}: entry/counts"


def test_a_missing_data_set_lists_the_ones_there_are(tmp_path: Path, frames: np.ndarray) -> None:
    path = write(tmp_path / "scan.h5", entry__counts=frames, mask=frames[0] > 90)
    with pytest.raises(
        InputError, match=r"'intensity' is absent; available data sets: entry/counts \(12, 16, 18\), mask \(16, 18\)"
    ):
        read(path, "intensity")
    with pytest.raises(InputError, match="'entry' is a group, not a data set"):
        read(path, "entry")


def test_attributes_are_those_of_the_data_set_and_else_of_what_is_around_it(tmp_path: Path) -> None:
    path = write(tmp_path / "scan.h5", entry__object=np.ones(3), entry__fourier_sign=np.array(b"-1"))
    with h5py.File(path, "a") as file:
        file.attrs.update({"units": "m", "start": 1})
        file["entry"].attrs["units"] = "mm"
    found = read(path, "entry/object")
    assert (found.attributes["units"], found.attributes["start"], found.sign()) == ("mm", 1, "-")


def test_frames_of_a_virtual_data_set_whose_file_is_not_there_are_missing(tmp_path: Path, frames: np.ndarray) -> None:
    layout = h5py.VirtualLayout(STACK, frames.dtype)
    for k in range(0, STACK[0], 4):
        write(tmp_path / f"part_{k}.h5", data=frames[k : k + 4])
        layout[k : k + 4] = h5py.VirtualSource(f"part_{k}.h5", "data", (4, *STACK[1:]))
    path = tmp_path / "scan.h5"
    with h5py.File(path, "w") as file:
        file.create_virtual_dataset("data", layout)
    np.testing.assert_array_equal(read(path, "data").array, frames)
    (tmp_path / "part_4.h5").unlink()
    found = read(path, "data")
    assert found.missing == dict.fromkeys(range(4, 8), "part_4.h5 is not there")
    np.testing.assert_array_equal(found.array[:4], frames[:4])
    for k in (0, 8):
        (tmp_path / f"part_{k}.h5").unlink()
    with pytest.raises(InputError, match="is not there; copy it beside the file"):
        read(path, "data")


def test_a_damaged_chunk_is_named_and_its_frame_missing(tmp_path: Path, frames: np.ndarray) -> None:
    path = tmp_path / "detector.h5"
    with h5py.File(path, "w") as file:
        packed = hdf5plugin.Bitshuffle(cname="lz4")
        file.create_dataset("data", data=frames, chunks=(1, *STACK[1:]), **packed)
    np.testing.assert_array_equal(read(path, "data").array, frames)
    with h5py.File(path) as file:
        chunk = file["data"].id.get_chunk_info(3)
    with path.open("r+b") as raw:
        raw.seek(chunk.byte_offset + 12)
        raw.write(bytes(chunk.size - 12))
    found = read(path, "data")
    assert list(found.missing) == [3]
    assert found.missing[3].startswith("damaged: ")
    kept = np.arange(STACK[0]) != 3
    np.testing.assert_array_equal(found.array[kept], frames[kept])


def test_the_file_that_a_link_leads_to_is_named_where_it_is_not_there(tmp_path: Path) -> None:
    path = write(tmp_path / "master.h5", data=np.ones(3))
    with h5py.File(path, "a") as file:
        file["frames"] = h5py.ExternalLink("detector.h5", "entry/data")
        with followed(file, "frames") as found:
            assert found.lost == ": it is a link to detector.h5, which is not there; copy it beside the file"
        for name in ("data", "nothing"):
            with followed(file, name) as found:
                assert found.lost == ""
    with pytest.raises(InputError, match=r"'frames' is absent: it is a link to detector\.h5"):
        read(path, "frames")


def test_a_truncated_file_is_refused(tmp_path: Path, frames: np.ndarray) -> None:
    path = write(tmp_path / "scan.h5", intensity=frames)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match="it is truncated"):
        read(path, "intensity")


@pytest.mark.parametrize("content", [b"", b"not an HDF5 file, but long enough to look like something" * 50])
def test_what_is_no_hdf5_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "scan.h5"
    path.write_bytes(content)
    with pytest.raises(InputError, match="it is not an HDF5 file"):
        read(path, "intensity")


def test_texts_are_no_numbers(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"words holds \|S1, not numbers; name another array"):
        read(write(tmp_path / "scan.h5", words=np.array([b"a", b"b"])), "words")
