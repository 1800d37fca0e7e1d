"""Arrays come out of HDF5 and numpy files as they are, and whatever goes wrong becomes a sentence."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import h5py
import hdf5plugin
import numpy as np
import pytest

from phasekit import InputError
from phasekit.reading.stored import Stored, lost_link, opened_hdf5, read_data_set, read_hdf5, read_numpy

SHAPE = (12, 16, 18)


@pytest.fixture
def frames() -> np.ndarray:
    """(frames, rows, columns) uint32."""
    return np.random.default_rng(3).poisson(100, SHAPE).astype(np.uint32)


def write(path: Path, **arrays: np.ndarray) -> Path:
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name.replace("__", "/")] = array
    return path


def read(path: Path, name: str) -> Stored:
    with opened_hdf5(path) as file:
        return read_data_set(file, name)


def test_data_sets_are_chosen_among_those_that_are_there(tmp_path: Path, frames: np.ndarray) -> None:
    path = write(tmp_path / "scan.h5", entry__counts=frames, mask=frames[0] > 90)
    asked: dict[str, tuple[int, ...]] = {}

    def wanted(there: Any) -> dict[str, str]:
        asked.update(there)
        return {"counts": "entry/counts"}

    found = read_hdf5(path, wanted)
    assert asked == {"entry/counts": SHAPE, "mask": SHAPE[1:]}
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


@pytest.mark.parametrize(
    ("stated", "sign"),
    [
        ({"fourier_sign": "+i: wave = sum"}, "+"),
        ({"fft_sign": b"-1"}, "-"),
        ({"fourier_sign": "−i"}, "-"),
        ({"fourier_sign": "?"}, None),
        ({}, None),
    ],
)
def test_the_sign_is_the_first_character_of_what_the_file_states(stated: dict[str, Any], sign: str | None) -> None:
    assert Stored("here", np.ones(1), stated).sign() == sign


def test_a_part_keeps_the_frames_that_are_missing_in_it(frames: np.ndarray) -> None:
    part = Stored("here", frames, missing={2: "a", 5: "b", 9: "c"}).part(3, 9)
    np.testing.assert_array_equal(part.array, frames[3:9])
    assert part.missing == {2: "b"}


def test_frames_of_a_virtual_data_set_whose_file_is_not_there_are_missing(tmp_path: Path, frames: np.ndarray) -> None:
    layout = h5py.VirtualLayout(SHAPE, frames.dtype)
    for k in range(0, SHAPE[0], 4):
        write(tmp_path / f"part_{k}.h5", data=frames[k : k + 4])
        layout[k : k + 4] = h5py.VirtualSource(f"part_{k}.h5", "data", (4, *SHAPE[1:]))
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
        file.create_dataset("data", data=frames, chunks=(1, *SHAPE[1:]), **packed)
    np.testing.assert_array_equal(read(path, "data").array, frames)
    with h5py.File(path) as file:
        chunk = file["data"].id.get_chunk_info(3)
    with path.open("r+b") as raw:
        raw.seek(chunk.byte_offset + 12)
        raw.write(bytes(chunk.size - 12))
    found = read(path, "data")
    assert list(found.missing) == [3]
    assert found.missing[3].startswith("damaged: ")
    kept = np.arange(SHAPE[0]) != 3
    np.testing.assert_array_equal(found.array[kept], frames[kept])


def test_the_file_that_a_link_leads_to_is_named_where_it_is_not_there(tmp_path: Path) -> None:
    path = write(tmp_path / "master.h5", data=np.ones(3))
    with h5py.File(path, "a") as file:
        file["frames"] = h5py.ExternalLink("detector.h5", "entry/data")
        assert lost_link(file, "frames") == ": it is a link to detector.h5, which is not there"
        assert lost_link(file, "data") == lost_link(file, "nothing") == ""
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


def test_the_only_array_of_an_npz_needs_no_name(tmp_path: Path, frames: np.ndarray) -> None:
    np.savez(tmp_path / "scan.npz", whatever=frames)
    np.testing.assert_array_equal(read_numpy(tmp_path / "scan.npz").array, frames)
    np.savez_compressed(tmp_path / "scan.npz", counts=frames, mask=frames > 1)
    np.testing.assert_array_equal(read_numpy(tmp_path / "scan.npz", "counts").array, frames)


def test_missing_arrays_list_the_ones_there_are(tmp_path: Path, frames: np.ndarray) -> None:
    np.savez(tmp_path / "scan.npz", counts=frames, mask=frames > 1)
    with pytest.raises(InputError, match="no array 'intensity'; available: counts, mask"):
        read_numpy(tmp_path / "scan.npz", "intensity")
    with pytest.raises(InputError, match="holds 2 arrays: counts, mask; say which"):
        read_numpy(tmp_path / "scan.npz")
    np.save(tmp_path / "scan.npy", frames)
    with pytest.raises(InputError, match="one array without a name"):
        read_numpy(tmp_path / "scan.npy", "mask")


class Trap:
    """What a pickle runs when it is loaded."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return exec, ("raise SystemExit('code from a file was run')",)


def test_pickled_objects_are_refused_and_not_run(tmp_path: Path) -> None:
    trap = np.empty(1, dtype=object)
    trap[0] = Trap()
    np.save(tmp_path / "trap.npy", trap, allow_pickle=True)
    np.savez(tmp_path / "trap.npz", trap=trap)
    for name in ("trap.npy", "trap.npz"):
        with pytest.raises(InputError, match="pickled Python objects, which could run code"):
            read_numpy(tmp_path / name)
    (tmp_path / "bare.npy").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(InputError, match=r"not an \.npy or \.npz file"):
        read_numpy(tmp_path / "bare.npy")


@pytest.mark.parametrize("ending", ["npy", "npz"])
@pytest.mark.parametrize("part", [0, 0.1, 0.5, 0.98])
def test_truncated_numpy_files_are_refused(tmp_path: Path, frames: np.ndarray, ending: str, part: float) -> None:
    path = tmp_path / f"scan.{ending}"
    if ending == "npy":
        np.save(path, frames)
    else:
        np.savez(path, counts=frames)
    path.write_bytes(path.read_bytes()[: int(part * path.stat().st_size)])
    with pytest.raises(InputError, match="cannot be read"):
        read_numpy(path)
