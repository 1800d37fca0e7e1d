"""Who wrote an object is known by marks that the programs leave, and nothing else is taken for theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from phasekit.reading.conventions import PROGRAM, REVERSED, SIGNS, marks_of_numpy, program_of
from phasekit.reading.hdf5 import opened_hdf5, read_data_set
from phasekit.reading.stored import read_numpy

OBJECT = np.ones((4, 5, 6), np.complex64)


@pytest.mark.parametrize(
    ("attributes", "program"),
    [
        ({"creator": "PyNX"}, "pynx"),
        ({"written_by": b"PyNX", "creator": "somebody"}, "pynx"),
        ({"creator": "cohere 4.5"}, "cohere"),
        ({"creator": " "}, None),
        ({}, None),
    ],
)
def test_the_program_is_the_first_word_of_what_the_file_says(attributes: dict[str, Any], program: str | None) -> None:
    assert program_of(attributes) == program


@pytest.mark.parametrize("as_bytes", [True, False])
def test_the_program_of_a_cxi_image_stands_beside_it(tmp_path: Path, as_bytes: bool) -> None:
    with h5py.File(tmp_path / "result.cxi", "w") as file:
        file["entry_1/image_1/data"] = OBJECT
        file[f"entry_1/image_1/{PROGRAM}"] = b"PyNX" if as_bytes else "PyNX"
        file["entry_1/image_2/data"] = OBJECT
    with opened_hdf5(tmp_path / "result.cxi") as file:
        found, other = (read_data_set(file, f"entry_1/image_{n}/data") for n in (1, 2))
    assert (found.program(), found.sign(), found.axes()) == ("pynx", "-", "same")
    assert (other.program(), other.sign(), other.axes()) == (None, None, "same")


def test_a_sign_that_is_stated_wins_over_that_of_the_program(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "result.cxi", "w") as file:
        file["data"] = OBJECT
        file.attrs["creator"] = "PyNX"
        file["data"].attrs["fourier_sign"] = "+1"
    with opened_hdf5(tmp_path / "result.cxi") as file:
        assert read_data_set(file, "data").sign() == "+"


@pytest.mark.parametrize("beside", ["support.npy", "errors.npy", "coherence.npy"])
def test_an_image_of_cohere_is_known_by_its_neighbours(tmp_path: Path, beside: str) -> None:
    np.save(tmp_path / "image.npy", OBJECT)
    assert read_numpy(tmp_path / "image.npy").program() is None
    np.save(tmp_path / beside, np.ones(3))
    found = read_numpy(tmp_path / "image.npy")
    assert (found.program(), found.sign(), found.axes()) == ("cohere", "+", "reversed")
    assert found.oriented(found.axes()).array.shape == (6, 5, 4)


def test_other_names_and_real_arrays_are_nobodys(tmp_path: Path) -> None:
    np.save(tmp_path / "support.npy", np.ones(3))
    assert marks_of_numpy(tmp_path / "object.npy", OBJECT) == {}
    assert marks_of_numpy(tmp_path / "image.npy", OBJECT.real) == {}


def test_every_program_has_a_sign() -> None:
    assert set(REVERSED) <= set(SIGNS)
