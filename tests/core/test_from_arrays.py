"""Problem.from_arrays takes what a notebook holds, with the sentences of a recipe."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from phasekit import Geometry, InputError, Problem
from phasekit_plugins.geometries.far_field import FarField

from ..reading.counts import pattern


def test_a_problem_from_arrays_has_the_mask_in_the_sense_that_is_given() -> None:
    counts = pattern()
    mask = np.zeros(counts.shape, dtype=bool)
    mask[2, 3, 4] = True
    bad = Problem.from_arrays(counts, mask=mask, mask_means="bad", prepare=[])
    good = Problem.from_arrays(counts, mask=~mask, prepare=[])
    assert torch.equal(bad.valid, good.valid)
    assert int((~bad.valid).sum()) == 1


def test_a_problem_from_arrays_has_true_lengths() -> None:
    """Energy, distance and pixel go to the geometry, whether it is given by name, as a mapping or not at all."""
    counts = pattern()[9]
    lengths: dict[str, Any] = {"energy_kev": 8.0, "distance_m": 1.0, "pixel_um": 55.0}
    for geometry in (None, "far-field", {"name": "far-field"}):
        problem = Problem.from_arrays(counts, geometry=geometry, **lengths)
        assert isinstance(problem.geometry, FarField)
        assert problem.geometry.calibrated()
        assert problem.geometry.energy_kev == 8.0
    assert not Problem.from_arrays(counts).geometry.calibrated()


def test_a_problem_from_arrays_is_prepared_by_the_steps_of_a_recipe() -> None:
    counts = pattern()
    problem = Problem.from_arrays(counts, prepare=["centre", {"name": "crop", "shape": [12, 12, 12]}])
    assert problem.detector == (12, 12, 12)
    assert any("crop" in step for step in problem.preparation)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"mask_means": "bda"}, "valid_means"),
        ({"energy_kev": -1.0}, "should be greater than 0, got -1.0"),
        ({"maks": 1}, "has no option 'maks'"),
        ({"mask": np.ones((3, 3))}, "the valid mask array of shape"),
        ({"dataset": "counts"}, "leave it out"),
        ({"dark": "dark"}, "give an array or a file"),
    ],
)
def test_wrong_keywords_are_answered_with_one_sentence(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        Problem.from_arrays(pattern(), **options)


def test_a_problem_measured_with_a_centred_array_says_so() -> None:
    """`Problem.measured` takes zero frequency first; its note names the way for centred arrays."""
    counts, geometry = torch.from_numpy(pattern()), Geometry.resolve("far-field")
    assert any("Problem.from_arrays" in note for note in Problem.measured(counts, geometry).notes)
    first = torch.fft.ifftshift(counts)
    assert not any("Problem.from_arrays" in note for note in Problem.measured(first, geometry).notes)
