"""The HDF5 source: what a file holds becomes the problem, and what it lacks a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from phasekit import Geometry, InputError, Problem
from phasekit_plugins.sources.hdf5 import Hdf5

Write = Callable[..., Path]


def load(path: Path, geometry: Geometry | None = None, **options: Any) -> Problem:
    return Hdf5(path=path, **options).load(geometry, torch.Generator())


def peak_of(counts: np.ndarray) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(counts.argmax(), counts.shape))


def test_2d_data_and_names_deep_in_the_file_are_read(write: Write, counts: np.ndarray) -> None:
    problem = load(write(entry__data__counts=counts[9]), dataset="entry/data/counts")
    assert problem.detector == (20, 22)
    assert problem.ndim == problem.geometry.ndim == 2


def test_zeros_of_the_flat_field_are_untrusted_and_noted(write: Write, counts: np.ndarray) -> None:
    flat = np.ones(counts.shape[1:])
    flat[2, 3] = flat[5, 6] = 0
    problem = load(write(intensity=counts, flat=flat), flat_field="flat", prepare=["flat-field"])
    assert int((~problem.valid).sum()) == 2 * len(counts)
    assert "flat field is zero" in " ".join(problem.notes)


def test_a_fast_shape_is_one_that_transforms_fast(write: Write) -> None:
    problem = load(write(intensity=np.random.default_rng(0).random((11, 13, 23)) + 1), prepare=["pad"])
    assert problem.detector == (12, 14, 24)
    assert int(problem.valid.sum()) == 11 * 13 * 23


def test_a_file_states_start_and_sign_of_its_truth(write: Write, truth: np.ndarray, counts: np.ndarray) -> None:
    path = write(intensity=counts, object=truth[5:12, 6:14, 7:16].conj())
    with h5py.File(path, "a") as file:
        file["object"].attrs["start"] = (5, 6, 7)
        file["object"].attrs["fft_sign"] = "-i"
    problem = load(path, truth="object", prepare=[])
    assert problem.truth is not None
    np.testing.assert_allclose(problem.truth, truth)


def test_a_missing_file_is_refused_when_the_source_is_made(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not exist"):
        Hdf5(path=tmp_path / "nothing.h5")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"valid": "small"}, r"valid mask .*small has shape \(3, 4\).*\(20, 22\) for all frames"),
        ({"flat_field": "small"}, "flat field .*small has shape"),
        ({"monitor": "small"}, "one number per frame"),
        ({"truth": "small"}, "truth .*small has shape"),
        ({"truth": "part"}, "truth_start"),
        ({"truth": "part", "truth_start": (10, 10, 10)}, "does not fit into the data"),
        ({"truth": "intensity", "prepare": [{"name": "crop", "shape": (8, 8, 8)}]}, "remove crop, bin and pad"),
        ({"dataset": "line"}, "2-D or 3-D data are needed"),
        ({"dataset": "words"}, "not numbers"),
        ({"dataset": "wave"}, "complex"),
        ({"prepare": [{"name": "crop", "shape": (8, 8)}]}, "crop .* has 2 numbers for 3 axes"),
        ({"prepare": [{"name": "crop", "shape": (8, 8, 80)}]}, "larger than the data"),
        ({"prepare": [{"name": "bin", "factors": (2, 2)}]}, "bin .* has 2 numbers"),
        ({"prepare": [{"name": "bin", "factors": (1, 1, 30)}]}, "do not fit"),
        ({"prepare": [{"name": "pad", "shape": (8, 8, 8)}]}, "smaller than the data"),
        ({"prepare": [{"name": "centre", "at": (1, 2, 50)}]}, "lies outside the data"),
        ({"dataset": "nothing"}, "every trusted count is zero"),
        ({"valid": "nothing"}, "0 of 7920 voxels are trusted and at least 2 are needed"),
        ({"valid": "nothing", "valid_means": "bad", "flat_field": "nothing"}, "the flat field is nowhere above zero"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(
    write: Write, counts: np.ndarray, options: dict[str, Any], message: str
) -> None:
    path = write(
        intensity=counts,
        small=np.ones((3, 4)),
        part=np.ones((12, 12, 13)),
        line=np.ones(30),
        words=np.array([b"a", b"b"]),
        wave=counts.astype(complex),
        nothing=np.zeros(counts.shape),
    )
    with pytest.raises(InputError, match=message):
        load(path, **options)


def test_positions_are_read_and_those_that_reverse_are_refused(write: Write, counts: np.ndarray) -> None:
    at = 17 + 0.01 * np.arange(len(counts))
    found = Hdf5(path=write(intensity=counts, eta=at), positions="eta").raw().positions
    assert found is not None
    np.testing.assert_allclose(found, at)
    with pytest.raises(InputError, match="reverses at frame"):
        load(write(intensity=counts, eta=np.r_[at[:5], at[2:4], at[7:]]), positions="eta")
