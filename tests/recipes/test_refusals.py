"""From Python, what cannot be done is refused in a sentence, with the key that it is about."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from phasekit import InputError, Problem, solve
from phasekit.testing import reference_problem


@pytest.mark.parametrize(
    ("place", "keywords", "sentence"),
    [
        ("seeds", {"seeds": 0}, "takes how many starts"),
        ("seeds", {"seeds": "ab"}, "takes how many starts"),
        ("seeds", {"seeds": [-1]}, "takes how many starts"),
        ("seeds", {"seeds": [1, 1]}, "stands here twice"),
        ("batch", {"batch": 0}, "a batch of at least 1"),
        ("start", {"start": "random-phse"}, "did you mean random-phase"),
        ("metrics", {"metrics": ["chi"]}, "no loss is called 'chi'"),
        ("solver", {"solver": [{"name": "hio", "bta": 1}]}, "hio has no option 'bta'; did you mean beta?"),
        ("geometry", {"source": "simulation", "geometry": "far"}, "no geometry is called 'far'"),
        ("source", {"source": "nonsense"}, "no source is called 'nonsense'"),
    ],
)
def test_a_wrong_keyword_is_refused_with_its_place(place: str, keywords: dict[str, Any], sentence: str) -> None:
    given = {"source": reference_problem(), "solver": {"name": "er", "steps": 2}} | keywords
    with pytest.raises(InputError, match=sentence.replace("?", "[?]")) as caught:
        solve(**given)
    assert caught.value.place == place


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
