"""Arrays come out of numpy files as they are, and whatever goes wrong becomes a sentence."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from phasekit import InputError
from phasekit.reading.stored import Stored, read_numpy

SHAPE = (12, 16, 18)


@pytest.fixture
def frames() -> np.ndarray:
    """(frames, rows, columns) uint32."""
    return np.random.default_rng(3).poisson(100, SHAPE).astype(np.uint32)


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
