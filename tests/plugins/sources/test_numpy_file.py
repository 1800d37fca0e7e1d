"""The numpy source gives what the HDF5 source gives, and runs no code from a file."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from phasekit import InputError, Problem
from phasekit_plugins.sources.hdf5 import Hdf5
from phasekit_plugins.sources.numpy_file import NumpyFile


def load(path: Path, **options: Any) -> Problem:
    return NumpyFile(path=path, **options).load(None, torch.Generator())


def arrays(counts: np.ndarray, truth: np.ndarray) -> dict[str, np.ndarray]:
    random = np.random.default_rng(3)
    return {
        "intensity": counts,
        "mask": random.random(counts.shape) < 0.2,
        "flat": random.uniform(0.8, 1.2, counts.shape[1:]),
        "monitor": random.uniform(0.9, 1.1, len(counts)),
        "object": truth.conj(),
    }


OPTIONS = {"valid_means": "bad", "truth_sign": "-"}
NAMES = {"valid": "mask", "flat_field": "flat", "monitor": "monitor", "truth": "object"}


@pytest.mark.parametrize("separate", [True, False])
def test_it_reads_what_the_hdf5_source_reads(
    tmp_path: Path, write: Any, counts: np.ndarray, truth: np.ndarray, separate: bool
) -> None:
    held: dict[str, Any] = arrays(counts, truth)
    if separate:
        for name, array in held.items():
            np.save(tmp_path / f"{name}.npy", array)
        places = {role: tmp_path / f"{name}.npy" for role, name in NAMES.items()}
        problem = load(tmp_path / "intensity.npy", **places, **OPTIONS)
    else:
        np.savez_compressed(tmp_path / "scan.npz", **held)
        problem = load(tmp_path / "scan.npz", dataset="intensity", **NAMES, **OPTIONS)
    other = Hdf5(path=write(**held), **NAMES, **OPTIONS).load(None, torch.Generator())
    for field in ("intensity", "valid", "sensitivity", "truth"):
        assert torch.equal(getattr(problem, field), getattr(other, field)), field
    assert problem.notes == other.notes


def test_its_options_survive_json(tmp_path: Path, counts: np.ndarray) -> None:
    np.save(tmp_path / "mask.npy", counts > 0)
    np.savez(tmp_path / "scan.npz", intensity=counts)
    source = NumpyFile(path=tmp_path / "scan.npz", valid=tmp_path / "mask.npy", truth="object")
    assert NumpyFile.model_validate_json(source.model_dump_json()) == source
    assert set(source.inputs()) == {"path", "valid"}


def test_the_only_array_of_an_npz_needs_no_name(tmp_path: Path, counts: np.ndarray) -> None:
    np.savez(tmp_path / "scan.npz", whatever=counts)
    assert load(tmp_path / "scan.npz").detector == counts.shape


def test_missing_arrays_list_the_ones_there_are(tmp_path: Path, counts: np.ndarray) -> None:
    np.savez(tmp_path / "scan.npz", counts=counts, mask=counts > 1)
    with pytest.raises(InputError, match="no array 'intensity'; available: counts, mask"):
        load(tmp_path / "scan.npz", dataset="intensity")
    with pytest.raises(InputError, match="holds 2 arrays: counts, mask; say which"):
        load(tmp_path / "scan.npz")
    np.save(tmp_path / "scan.npy", counts)
    with pytest.raises(InputError, match="one array without a name"):
        load(tmp_path / "scan.npy", valid="mask")


def test_a_missing_file_beside_the_data_is_refused_when_the_source_is_made(tmp_path: Path, counts: np.ndarray) -> None:
    np.save(tmp_path / "scan.npy", counts)
    with pytest.raises(ValueError, match="does not exist"):
        NumpyFile(path=tmp_path / "scan.npy", valid=tmp_path / "mask.npy")


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
            load(tmp_path / name)
    (tmp_path / "bare.npy").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(InputError, match=r"not an \.npy or \.npz file"):
        load(tmp_path / "bare.npy")


@pytest.mark.parametrize("ending", ["npy", "npz"])
@pytest.mark.parametrize("part", [0, 0.1, 0.5, 0.98])
def test_truncated_files_are_refused(tmp_path: Path, counts: np.ndarray, ending: str, part: float) -> None:
    path = tmp_path / f"scan.{ending}"
    if ending == "npy":
        np.save(path, counts)
    else:
        np.savez(path, counts=counts)
    path.write_bytes(path.read_bytes()[: int(part * path.stat().st_size)])
    with pytest.raises(InputError, match="cannot be read"):
        load(path)
