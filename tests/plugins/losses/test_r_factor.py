from __future__ import annotations

import numpy as np
import pytest

from phasekit import Loss
from phasekit.testing import reference_problem, start_state

from .judged import SHAPES, arrays, judged, near, problem_of


@pytest.mark.parametrize("space", SHAPES)
def test_r_factor_is_its_formula(space: tuple[int, ...]) -> None:
    problem = problem_of(space)
    objects = near(problem)
    expected = []
    for a in arrays(problem, objects):
        bright = a.valid & (a.measured**2 * a.sensitivity > 10)
        assert 5 < bright.sum() < a.valid.sum()
        expected.append(np.sum(np.abs(a.predicted - a.measured)[bright]) / np.sum(a.measured[bright]))
    np.testing.assert_allclose(judged("r-factor", problem, objects).numpy(), expected, rtol=1e-5)


def test_over_held_out_voxels_it_is_the_same_formula_with_what_was_hidden() -> None:
    problem = problem_of((8, 9, 10))
    objects = near(problem)
    expected = []
    for a in arrays(problem, objects):
        bright = a.held_out & (a.hidden * a.sensitivity > 10)
        assert 5 < bright.sum() < a.held_out.sum()
        measured = np.sqrt(a.hidden[bright])
        expected.append(np.sum(np.abs(a.predicted[bright] - measured)) / np.sum(measured))
    values = judged({"name": "r-factor", "voxels": "held-out"}, problem, objects)
    np.testing.assert_allclose(values.numpy(), expected, rtol=1e-5)


def test_an_r_factor_without_voxels_above_its_cut_is_no_perfect_score() -> None:
    problem = reference_problem((8, 9, 10), gap=True)
    loss = Loss.resolve({"name": "r-factor", "counts": 1e9})
    assert judged(loss, problem, start_state(problem).object).tolist() == [1, 1]


def test_held_out_voxels_that_the_problem_lacks_are_refused_with_a_sentence() -> None:
    loss = Loss.resolve({"name": "r-factor", "voxels": "held-out"})
    assert "held_out" in str(loss.refusal(reference_problem((8, 9, 10))))
