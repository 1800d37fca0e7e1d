"""A zipped folder is read like the folder, and sentences name the zip file."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from phasekit import InputError
from phasekit.reading.arrays import Arrays
from phasekit.reading.stored import read_numpy
from phasekit.reading.zip_archive import read_zipped

SEEN: list[Path] = []


def read(folder: Path) -> Arrays:
    """Read what a folder has to have; its note names the folder."""
    SEEN.append(folder)
    if not (folder / "counts.npy").is_file():
        raise InputError(f"{folder} has no counts", "source.path")
    return Arrays(read_numpy(folder / "counts.npy"), notes=(f"{folder}/dark.npy is not there",))


def zipped(archive: Path, root: str = "", content: bytes | None = None) -> Path:
    np.save(archive.parent / "counts.npy", np.arange(2000))
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        if content is None:
            packed.write(archive.parent / "counts.npy", f"{root}counts.npy")
        else:
            packed.writestr("other.npy", content)
    return archive


@pytest.mark.parametrize("root", ["", "scan_54/"])
def test_a_zipped_folder_is_read_as_the_folder_and_named_as_the_zip_file(tmp_path: Path, root: str) -> None:
    archive = zipped(tmp_path / "scan.zip", root)
    found = read_zipped(archive, read)
    np.testing.assert_array_equal(found.counts.array, np.arange(2000))
    assert found.counts.place == f"{archive}/counts.npy"
    assert found.notes == (f"{archive}/dark.npy is not there",)
    assert not SEEN[-1].exists()


def test_what_is_refused_inside_is_told_of_the_zip_file(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "scan.zip", content=b"")
    with pytest.raises(InputError) as caught:
        read_zipped(archive, read)
    assert str(caught.value) == f"{archive} has no counts"
    assert caught.value.place == "source.path"
    assert not SEEN[-1].exists()


def test_a_damaged_zip_file_is_refused(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "scan.zip")
    whole = bytearray(archive.read_bytes())
    # Behind the first header: the deflated data.
    whole[60:90] = b"\xff" * 30
    archive.write_bytes(whole)
    with pytest.raises(InputError, match=r"scan\.zip cannot be unpacked"):
        read_zipped(archive, read)


def test_what_is_no_zip_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scan.zip").write_text("hello")
    with pytest.raises(InputError, match=r"scan\.zip cannot be unpacked"):
        read_zipped(tmp_path / "scan.zip", read)
