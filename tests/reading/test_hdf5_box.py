"""A box of a data set is what h5py reads, and what the file does not hold is labelled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phasekit import InputError
from phasekit.reading.hdf5 import read_data_set
from phasekit.reading.hdf5_box import UNWRITTEN, Labels, read_box, shape_of, whole
from phasekit.reading.hdf5_file import opened_hdf5
from phasekit.reading.stored import Stored

SHAPE = (6, 8, 10)
UNREGISTERED = 32767


@pytest.fixture
def frames() -> np.ndarray:
    """(frames, rows, columns) uint32, nowhere 0."""
    return np.random.default_rng(3).integers(1, 2**32, SHAPE, dtype=np.uint32)


def read(path: Path, name: str = "data", region: tuple[slice, ...] = ()) -> Stored:
    with opened_hdf5(path) as file:
        return read_data_set(file, name, region)


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_a_region_is_that_part_of_the_whole(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    shape = tuple(data.draw(st.lists(st.integers(1, 9), min_size=1, max_size=3)))
    chunks = data.draw(st.one_of(st.none(), st.tuples(*(st.integers(1, n) for n in shape))))
    array = np.random.default_rng(0).integers(0, 100, shape).astype(data.draw(st.sampled_from(["u2", ">i4", "f8"])))
    low = [data.draw(st.integers(0, n - 1)) for n in shape]
    region = tuple(slice(at, data.draw(st.integers(at + 1, n))) for at, n in zip(low, shape, strict=True))
    path = tmp_path_factory.mktemp("box") / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("data", data=array, chunks=chunks)
    with opened_hdf5(path) as file:
        box = read_box(file["data"], region, np.dtype("f8"))
    np.testing.assert_array_equal(box.array, array[region])
    assert box.array.dtype == np.float64
    assert box.labels is None
    assert shape_of(region) == box.array.shape
    assert shape_of(whole(shape)) == shape


@pytest.mark.parametrize("chunks", [(1, 8, 10), (2, 8, 10), (4, 3, 7), (1, 4, 5)])
@pytest.mark.parametrize("region", [(), (slice(2, 6), slice(1, 5), slice(3, 9))])
def test_chunks_that_were_never_written_are_untrusted(
    tmp_path: Path, frames: np.ndarray, chunks: tuple[int, ...], region: tuple[slice, ...]
) -> None:
    path = tmp_path / "scan.h5"
    with h5py.File(path, "w") as file:
        made = file.create_dataset("data", SHAPE, np.uint32, chunks=chunks)
        made[:4, :, :5] = frames[:4, :, :5]
    written = np.zeros(SHAPE, bool)
    rows, columns = (-(-n // c) * c for n, c in zip((4, 5), (chunks[0], chunks[2]), strict=True))
    written[:rows, :, :columns] = True
    found = read(path, region=region)
    lost = np.zeros(SHAPE, bool)[region or ...]
    lost[list(found.missing)] = True
    lost |= False if found.absent is None else found.absent
    np.testing.assert_array_equal(lost, ~written[region or ...])
    assert set(found.missing.values()) <= {UNWRITTEN}
    assert found.absent is None or "voxels are missing (never written): left untrusted" in " ".join(found.notes)


@pytest.mark.parametrize("options", [{}, {"chunks": (1, 8, 10)}])
def test_data_that_were_never_written_are_refused(tmp_path: Path, options: dict[str, Any]) -> None:
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file.create_dataset("data", SHAPE, np.uint32, **options)
    with pytest.raises(InputError, match="data cannot be read: never written"):
        read(tmp_path / "scan.h5")


@pytest.mark.parametrize(("chunks", "lost"), [((1, 8, 10), (3, slice(None))), ((2, 4, 10), (slice(2, 4), slice(4)))])
def test_only_a_damaged_chunk_is_untrusted(
    tmp_path: Path, frames: np.ndarray, chunks: tuple[int, ...], lost: tuple[Any, ...]
) -> None:
    path = tmp_path / "scan.h5"
    with h5py.File(path, "w") as file:
        made = file.create_dataset("data", data=frames, chunks=chunks, compression="gzip", shuffle=True)
        place = (3, 0, 0) if chunks[0] == 1 else (2, 0, 0)
        chunk = made.id.get_chunk_info_by_coord(place)
    with path.open("r+b") as raw:
        raw.seek(chunk.byte_offset)
        raw.write(bytes(chunk.size))
    expected = np.zeros(SHAPE, bool)
    expected[lost] = True
    found = read(path)
    absent = np.zeros(SHAPE, bool) if found.absent is None else found.absent.copy()
    absent[list(found.missing)] = True
    np.testing.assert_array_equal(absent, expected)
    np.testing.assert_array_equal(found.array[~expected], frames[~expected])
    assert "damaged: " in "".join((*found.missing.values(), *found.notes))


def test_a_filter_that_is_not_installed_is_named_with_the_package_that_has_most(tmp_path: Path) -> None:
    path = tmp_path / "scan.h5"
    with h5py.File(path, "w") as file:
        created = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        created.set_chunk((1, 8, 10))
        created.set_filter(UNREGISTERED, h5py.h5z.FLAG_OPTIONAL, ())
        made = h5py.h5d.create(file.id, b"data", h5py.h5t.NATIVE_UINT32, h5py.h5s.create_simple(SHAPE), created)
        for k in range(SHAPE[0]):
            made.write_direct_chunk((k, 0, 0), bytes(320), filter_mask=0)
    with pytest.raises(InputError, match=rf"the filter {UNREGISTERED} .* not installed; install the newest hdf5plugin"):
        read(path)


def test_labels_of_parts_are_numbered_in_the_whole() -> None:
    inner, outer = Labels((2, 2)), Labels((4, 2))
    inner.mark(0, "b")
    outer.mark(slice(3, 4), "a")
    box = inner.box(np.zeros((2, 2)))
    outer.take(slice(0, 2), box, box.labels)
    whole_box = outer.box(np.zeros((4, 2)))
    assert whole_box.labels is not None
    assert [[whole_box.reasons[n - 1] if n else "" for n in row] for row in whole_box.labels.tolist()] == [
        ["b", "b"],
        ["", ""],
        ["", ""],
        ["a", "a"],
    ]
    outer.take(slice(0, 4), box, None)
    assert outer.box(np.zeros((4, 2))).labels is None
