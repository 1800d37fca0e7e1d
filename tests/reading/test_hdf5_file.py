"""A file that cannot be opened is refused with the true reason; one that is being written in SWMR mode is read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
import pytest

from phasekit import InputError
from phasekit.reading.hdf5 import read_data_set
from phasekit.reading.hdf5_file import hdf5_errors, names_in, opened_hdf5

CREATE = """
import h5py, numpy, sys, time
file = h5py.File(sys.argv[1], "w", libver=sys.argv[2])
data = file.create_dataset("data", (6, 4, 5), "u4", maxshape=(None, 4, 5), chunks=(1, 4, 5))
"""


@contextmanager
def writer(path: Path, code: str, libver: str = "latest") -> Iterator[subprocess.Popen[bytes]]:
    """Run another program that has the file open."""
    code = f"{CREATE}{code}\nprint(1, flush=True)\nsys.stdin.readline()\n"
    command = [sys.executable, "-c", code, str(path), libver]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"1\n"
        try:
            yield program
        finally:
            program.kill()


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught, opened_hdf5(path):
        pass
    return str(caught.value)


@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_a_locked_file_is_being_written_and_is_read_once_its_writer_has_closed_it(tmp_path: Path, libver: str) -> None:
    path = tmp_path / "scan.h5"
    with writer(path, "data[:] = 7; file.flush()", libver) as program:
        said = refused(path)
        assert "it is still being written" in said
        assert "damaged" not in said
        assert "copy" not in said
        program.communicate(b"\n")  # the advice: wait until it is closed
        with opened_hdf5(path) as file:
            assert int(read_data_set(file, "data").array.sum()) == 7 * 120


def test_what_is_written_in_swmr_mode_is_read_as_far_as_it_is_there(tmp_path: Path) -> None:
    path = tmp_path / "scan.h5"
    with writer(path, "file.swmr_mode = True; data[:4] = 7; data.flush()"), opened_hdf5(path) as file:
        stored = read_data_set(file, "data")
    assert stored.missing == {4: "never written", 5: "never written"}
    assert bool((stored.array[:4] == 7).all())
    assert "is still being written" in " ".join(stored.notes)


def test_a_file_whose_writer_was_killed_says_how_to_mend_it(tmp_path: Path) -> None:
    path = tmp_path / "scan.h5"
    with writer(path, "data[:] = 7; file.flush()") as program:
        program.kill()
        program.wait()
        said = refused(path)
    assert f"h5clear --status {path}" in said


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is not an HDF5 file, but empty"),
        (
            b"MATLAB 5.0 MAT-file, Platform: GLNXA64" + bytes(200),
            "it is a MATLAB file of an older format, not an HDF5 file; save it in MATLAB with",
        ),
        (b"\x93NUMPY\x01\x00" + bytes(300), "it is not an HDF5 file"),
        (b"\x89HDF\r\n\x1a\n" + bytes(range(256)) * 8, "it is damaged"),
        (bytes(512) + b"\x89HDF\r\n\x1a\n" + bytes(range(256)) * 8, "it is damaged"),
    ],
)
def test_the_content_says_whether_it_is_damaged_or_no_hdf5_file(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "scan.h5"
    path.write_bytes(content)
    assert f"{path} cannot be read: {reason}" in refused(path)


def test_a_truncated_file_a_folder_and_an_absent_file_are_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "scan.h5"
    with h5py.File(path, "w") as file:
        file["data"] = np.ones((20, 30, 40))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "it is truncated" in refused(path)
    assert "it is a folder" in refused(tmp_path)
    assert "it is not there" in refused(tmp_path / "nothing.h5")


@pytest.mark.parametrize("error", [OSError("a"), RuntimeError("a"), KeyError("a"), ValueError("a"), TypeError("a")])
def test_errors_of_libraries_become_a_sentence(error: Exception) -> None:
    with (
        pytest.raises(InputError, match=r"scan\.h5 is unreadable \('?a'?\); the file is damaged"),
        hdf5_errors("scan.h5"),
    ):
        raise error


def test_more_than_the_memory_holds_is_no_damage() -> None:
    with pytest.raises(InputError, match="is larger than the free memory"), hdf5_errors("scan.h5"):
        raise MemoryError("9 GiB")


@pytest.mark.parametrize("libver", ["earliest", "latest"])
@pytest.mark.parametrize("seed", range(6))
def test_a_file_with_wrong_bytes_is_read_or_refused_at_once(tmp_path: Path, seed: int, libver: str) -> None:
    path, rng = tmp_path / "scan.h5", np.random.default_rng(seed)
    with h5py.File(path, "w", libver=libver) as file:
        file.create_dataset("a/data", data=np.ones((6, 4, 5)), chunks=(2, 4, 5), compression="gzip")
        file["a/data"].attrs["units"] = "m"
    raw = bytearray(path.read_bytes())
    for at in rng.integers(8, len(raw), 12):
        raw[at] = rng.integers(256)
    path.write_bytes(raw)
    # A process of its own: HDF5 itself may crash.
    code = (
        "import sys; from pathlib import Path; from phasekit import InputError\n"
        "from phasekit.reading.hdf5 import opened_hdf5, read_data_set\n"
        "try:\n with opened_hdf5(Path(sys.argv[1])) as file: read_data_set(file, 'a/data')\n"
        "except InputError: pass\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=60)
    assert "Traceback" not in done.stderr, done.stderr


def test_the_names_in_a_group_are_listed(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file["b"], file["a"] = 1, 2
        assert names_in(file) == ["a", "b"]
