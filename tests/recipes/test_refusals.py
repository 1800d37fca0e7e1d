"""From Python, what cannot be done is refused in a sentence, with the key that it is about."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch

from phasekit import InputError, Problem, solve
from phasekit.recipes.loader import load
from phasekit.testing import reference_problem


@pytest.mark.parametrize(
    ("place", "keywords", "sentence"),
    [
        ("seeds", {"seeds": 0}, "must be a number of starts"),
        ("seeds", {"seeds": "ab"}, "must be a number of starts"),
        ("seeds", {"seeds": [-1]}, "must be a number of starts"),
        ("seeds", {"seeds": [1, 1]}, "is listed twice"),
        ("batch", {"batch": 0}, "should be greater than or equal to 1, got 0"),
        ("start", {"start": "random-phse"}, "did you mean random-phase"),
        ("metrics.0", {"metrics": ["chi"]}, "no loss is called 'chi'"),
        ("solver.0.bta", {"solver": [{"name": "hio", "bta": 1}]}, "hio has no option 'bta'; did you mean beta?"),
        ("geometry", {"source": "simulation", "geometry": "far"}, "no geometry is called 'far'"),
        ("source", {"source": "nonsense"}, "no source is called 'nonsense'"),
    ],
)
def test_a_wrong_keyword_is_refused_with_its_place(place: str, keywords: dict[str, Any], sentence: str) -> None:
    given: dict[str, Any] = {"source": reference_problem(), "solver": {"name": "er", "steps": 2}} | keywords
    with pytest.raises(InputError, match=sentence.replace("?", "[?]")) as caught:
        solve(**given)
    assert caught.value.place == place


@pytest.mark.parametrize(
    "keys",
    [
        {"batch": 0},
        {"sover": "er"},
        {"metrics": ["chi"]},
        {"held_out": 0.7},
        {"solver": [{"name": "hio", "bta": 1}]},
        {"solver": {"name": "shrinkwrap", "sigma": "linar"}},
        {"device": "tpu"},
        {"source": {"name": "simulation", "shpe": [8, 8]}},
    ],
)
def test_python_and_a_recipe_get_the_same_sentence(keys: dict[str, Any]) -> None:
    wrong = {"source": "simulation", "solver": "er"} | keys
    with pytest.raises(InputError) as in_recipe:
        load(wrong)
    with pytest.raises(InputError) as in_python:
        solve(**wrong)
    assert re.sub(r"^recipe:\d+: ", "", str(in_recipe.value), flags=re.M) == str(in_python.value)


def test_arrays_that_do_not_fit_are_refused() -> None:
    problem = reference_problem()
    with pytest.raises(InputError, match="the support has shape"):
        Problem.measured(problem.intensity, problem.geometry, support=torch.ones(3, 3, 3, dtype=torch.bool))


def test_whole_numbers_of_counts_are_taken() -> None:
    problem = reference_problem(photons=1e4)
    counts = Problem.measured(problem.intensity.round().int(), problem.geometry)
    assert counts.amplitude.dtype == torch.float32


def test_voxels_held_out_before_stay_held_out() -> None:
    problem = reference_problem((16, 16, 16))
    once = problem.hold_out(0.05, seed=1)
    twice = once.hold_out(0.05, seed=2)
    assert bool((once.held_out <= twice.held_out).all())
    assert int(twice.held_out.sum()) > int(once.held_out.sum())
    torch.testing.assert_close(twice.hidden[twice.held_out], problem.intensity[twice.held_out])
    assert not bool((twice.held_out & twice.valid).any())
