"""Arrays in place of files: of numpy, torch and h5py, read as the same arrays in a file would be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import h5py
import numpy as np
import pytest
import torch
from pydantic import Field

from phasekit import InputFile, Options, Source
from phasekit.reading.in_memory import InMemory, OrArray

from .counts import pattern

FIELDS = ("intensity", "valid", "sensitivity", "truth")


class Takes(Options):
    """An option that takes a file or an array."""

    data: Annotated[Path | InMemory, OrArray(InputFile)] = Field(description="The data.")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The pattern in a file."""
    np.save(tmp_path / "counts.npy", pattern())
    return tmp_path / "counts.npy"


def test_every_kind_of_array_gives_the_problem_of_the_file(file: Path, tmp_path: Path) -> None:
    """A data set of an open file, a tensor, a list of lists made an array: all are the same counts."""
    counts = np.load(file)
    expected = Source.resolve({"name": "numpy", "path": file}).load(None, torch.Generator())
    with h5py.File(tmp_path / "counts.h5", "w") as handle:
        handle["counts"] = counts
        for array in (counts, torch.from_numpy(counts), handle["counts"], counts[::-1][::-1]):
            problem = Source.resolve(array).load(None, torch.Generator())
            for field in FIELDS:
                mine, other = getattr(problem, field), getattr(expected, field)
                assert mine is None if other is None else torch.equal(mine, other), field
            assert problem.notes == expected.notes


def test_masked_values_of_a_masked_array_are_untrusted() -> None:
    counts = pattern()
    bad = counts > 0.5 * counts.max()
    bad[3, 4, 5] = True
    problem = Source.resolve(np.ma.array(counts, mask=bad)).load(None, torch.Generator())
    assert int((~problem.valid).sum()) >= int(bad.sum())
    assert any("not finite" in note for note in problem.notes)


def test_it_is_a_copy() -> None:
    counts = pattern()
    held = InMemory.of(counts)
    counts[:] = 0
    assert held.array.any()


@pytest.mark.parametrize("array", [np.array(["a", "b"]), np.array([object()])])
def test_what_is_no_array_of_numbers_is_refused(array: Any) -> None:
    with pytest.raises(ValueError, match="must be an array of numbers, got"):
        Takes(data=array)


def test_an_option_takes_files_as_before(file: Path, tmp_path: Path) -> None:
    assert Takes(data=file).data == file
    with pytest.raises(ValueError, match="does not exist"):
        Takes(data=tmp_path / "missing.npy")


def test_a_recipe_knows_only_the_file() -> None:
    """A schema describes what can be written; an array is shown in words."""
    assert Takes.model_json_schema()["properties"]["data"]["format"] == "file-path"
    assert Takes(data=np.zeros((4, 5), np.float32)).model_dump(mode="json") == {
        "data": "array of shape (4, 5), float32"
    }
