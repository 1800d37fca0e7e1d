"""Links are followed to the bottom; one that leads nowhere names what is absent."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from phasekit import InputError
from phasekit.reading.hdf5 import read_data_set
from phasekit.reading.hdf5_file import opened_hdf5
from phasekit.reading.hdf5_links import DataSets, followed, listed, source_file

FRAMES = np.arange(60, dtype=np.uint16).reshape(3, 4, 5)


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A scan whose detector is behind a soft link to an external link, as BLISS writes it."""
    with h5py.File(tmp_path / "lima.h5", "w") as file:
        file["entry_0000/measurement/data"] = FRAMES
        file["entry_0000/measurement/data"].attrs["units"] = "counts"
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file["1.1/instrument/det/data"] = h5py.ExternalLink("lima.h5", "/entry_0000/measurement/data")
        file["1.1/measurement/det"] = h5py.SoftLink("/1.1/instrument/det/data")
        file["1.1/instrument/near"] = h5py.SoftLink("det/data")
    with h5py.File(tmp_path / "master.h5", "w") as file:
        file["2.1"] = h5py.ExternalLink("scan.h5", "/1.1")
    return tmp_path / "scan.h5"


def lost(path: Path, name: str) -> str:
    with opened_hdf5(path) as file, followed(file, name) as found:
        assert found.item is None
        return found.lost


def refused(path: Path, name: str) -> str:
    with opened_hdf5(path) as file, pytest.raises(InputError) as caught:
        read_data_set(file, name)
    return str(caught.value)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("scan.h5", "1.1/measurement/det"),
        ("scan.h5", "/1.1//instrument/./det/data"),
        ("scan.h5", "1.1/instrument/near"),
        ("master.h5", "2.1/measurement/det"),
        ("master.h5", "2.1/instrument/near"),
    ],
)
def test_every_kind_of_link_is_followed(scan: Path, file: str, name: str) -> None:
    with opened_hdf5(scan.parent / file) as opened:
        stored = read_data_set(opened, name)
    np.testing.assert_array_equal(stored.array, FRAMES)
    assert stored.attributes["units"] == "counts"
    assert stored.place == f"{scan.parent / file}: {name}"


def test_the_file_that_is_absent_at_the_bottom_is_named_and_copying_it_helps(scan: Path) -> None:
    (scan.parent / "lima.h5").rename(scan.parent / "kept")
    said = refused(scan, "1.1/measurement/det")
    assert "'1.1/measurement/det' is absent: it is a link to '/1.1/instrument/det/data': it is a link to lima" in said
    assert "which is not there; copy it beside the file" in said
    shutil.copy(scan.parent / "kept", scan.parent / "lima.h5")
    with opened_hdf5(scan) as file:
        np.testing.assert_array_equal(read_data_set(file, "1.1/measurement/det").array, FRAMES)


def test_a_file_in_a_folder_is_to_be_copied_into_it(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file["det"] = h5py.ExternalLink("scan0001/mpx_0000.h5", "data")
    assert lost(tmp_path / "scan.h5", "det").endswith("; copy it to scan0001/mpx_0000.h5 beside the file")
    (tmp_path / "scan0001").mkdir()
    with h5py.File(tmp_path / "scan0001" / "mpx_0000.h5", "w") as file:
        file["data"] = FRAMES
    with opened_hdf5(tmp_path / "scan.h5") as file:
        np.testing.assert_array_equal(read_data_set(file, "det").array, FRAMES)


def test_what_a_link_does_not_find_in_a_file_is_named(scan: Path) -> None:
    with h5py.File(scan, "a") as file:
        file["wrong"] = h5py.ExternalLink("lima.h5", "entry/data")
        file["dangling"] = h5py.SoftLink("/nothing")
        file["circle"] = h5py.SoftLink("/round")
        file["round"] = h5py.SoftLink("/circle")
        file["no_file"] = h5py.ExternalLink("text.h5", "data")
    (scan.parent / "text.h5").write_text("no HDF5")
    assert lost(scan, "wrong") == ": it is a link to 'entry/data' in lima.h5, which is absent"
    assert lost(scan, "dangling") == ": it is a link to '/nothing', which is absent"
    assert "in a circle" in lost(scan, "circle")
    assert "text.h5 cannot be read: it is not an HDF5 file" in lost(scan, "no_file")
    assert lost(scan, "1.1/nothing") == ""
    assert "'circle' is absent: it is a link to" in refused(scan, "circle")


@pytest.mark.parametrize("name", ["/elsewhere/of/beamline/lima.h5", "C:\\data\\lima.h5"])
def test_an_absolute_name_of_another_machine_is_found_beside_the_file(scan: Path, name: str) -> None:
    with h5py.File(scan, "a") as file:
        file["det"] = h5py.ExternalLink(name, "entry_0000/measurement/data")
    with opened_hdf5(scan) as file:
        np.testing.assert_array_equal(read_data_set(file, "det").array, FRAMES)
    (scan.parent / "lima.h5").unlink()
    assert lost(scan, "det").endswith("which is not there; copy it beside the file")


def test_files_are_found_where_hdf5_finds_them(scan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, work, linked = tmp_path / "place", tmp_path / "work", tmp_path / "linked"
    for folder in (place, work, linked):
        folder.mkdir()
    lima = scan.parent / "lima.h5"
    shutil.move(lima, place / "lima.h5")
    monkeypatch.setenv("HDF5_EXT_PREFIX", f"${{ORIGIN}}/nothing:{place}")
    assert source_file("lima.h5", scan, "HDF5_EXT_PREFIX") == place / "lima.h5"
    monkeypatch.setenv("HDF5_EXT_PREFIX", "${ORIGIN}/place")
    assert source_file("lima.h5", scan, "HDF5_EXT_PREFIX") == place / "lima.h5"
    monkeypatch.delenv("HDF5_EXT_PREFIX")
    assert source_file("lima.h5", scan, "HDF5_EXT_PREFIX") is None
    monkeypatch.chdir(place)
    assert source_file("lima.h5", scan, "HDF5_EXT_PREFIX") == Path("lima.h5")
    monkeypatch.chdir(work)
    shutil.move(place / "lima.h5", lima)
    (linked / "scan.h5").symlink_to(scan)
    with opened_hdf5(linked / "scan.h5") as file:
        np.testing.assert_array_equal(read_data_set(file, "1.1/measurement/det").array, FRAMES)


def test_what_is_behind_links_is_listed(scan: Path) -> None:
    with opened_hdf5(scan.parent / "master.h5") as file:
        there = DataSets(file)
        assert dict(there) == dict.fromkeys(
            ["2.1/instrument/det/data", "2.1/instrument/near", "2.1/measurement/det"], FRAMES.shape
        )
        assert "2.1/measurement/det" in there
        assert "2.1/measurement" not in there
        assert len(there) == 3
    (scan.parent / "lima.h5").unlink()
    with opened_hdf5(scan) as file:
        assert len(DataSets(file)) == 0
        assert all("lima.h5, which is not there" in why for _, why in listed(file))
    said = refused(scan, "intensity")
    assert "1.1/instrument/det/data: it is a link to lima.h5, which is not there" in said


def test_a_group_that_holds_itself_is_listed_once(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file["a/data"] = FRAMES
        file["a/self"] = file["a"]
        file["a/again"] = h5py.ExternalLink("scan.h5", "/a")
    with opened_hdf5(tmp_path / "scan.h5") as file:
        assert list(DataSets(file)) == ["a/data"]
