"""The benchmark suite: every problem can be made and means what it says; every solver that is installed is in it."""

from __future__ import annotations

import pytest

from phasekit import InputError
from phasekit.comparing.suite import NOISY, PROBLEMS, bench_recipe, contestants, problems
from phasekit.comparing.task import CompareTask
from phasekit.core.source import load_problem
from phasekit.recipes.loader import load


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_problem_has_a_truth_and_data_that_show_it(name: str) -> None:
    problem = load_problem(problems(32, (name,))[name])
    assert problem.detector == (32, 32, 32)
    assert problem.truth is not None
    predicted = problem.predict(problem.truth)
    known = problem.valid
    off = float((predicted - problem.amplitude)[known].square().sum() / problem.intensity[known].sum())
    assert off < (0.1 if name in ("partly coherent", "few photons") else 0.01)


def test_a_truncated_problem_has_half_of_its_frames() -> None:
    valid = load_problem(problems(32, ("truncated",))["truncated"]).valid
    assert float(valid.double().mean()) == 0.5
    assert bool(valid[0].all())
    assert not bool(valid[16].any())


def test_a_partly_coherent_problem_keeps_its_photons() -> None:
    told = problems(32, ("partly coherent",))["partly coherent"]
    blurred, sharp = load_problem(told), load_problem({**told, "coherence": 0.0})
    assert float(blurred.intensity.sum() / sharp.intensity.sum()) == pytest.approx(1, abs=0.02)
    assert float(blurred.intensity.max()) < float(sharp.intensity.max())


def test_the_names_of_problems_and_solvers_are_checked() -> None:
    with pytest.raises(InputError, match="no problem 'eazy'; did you mean easy"):
        problems(32, ("eazy",))
    with pytest.raises(InputError, match="no solver of the suite is called 'hioo'; did you mean hio"):
        bench_recipe(32, (), ("hioo",), 2)


def test_the_suite_is_a_recipe_of_every_solver() -> None:
    recipe = load(bench_recipe(64, (), (), 5)).task_of(CompareTask)
    assert recipe.problems is not None
    assert set(recipe.problems) == set(PROBLEMS)
    assert {"er", "hio", "raar", "dm", "deep-prior", "cnn"} <= set(contestants()) == set(recipe.solvers)
    assert set(NOISY) <= set(PROBLEMS)
