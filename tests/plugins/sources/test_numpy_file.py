"""The numpy source gives what the HDF5 source gives, and runs no code from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from phasekit import Problem
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


def test_a_missing_file_beside_the_data_is_refused_when_the_source_is_made(tmp_path: Path, counts: np.ndarray) -> None:
    np.save(tmp_path / "scan.npy", counts)
    with pytest.raises(ValueError, match="does not exist"):
        NumpyFile(path=tmp_path / "scan.npy", valid=tmp_path / "mask.npy")
