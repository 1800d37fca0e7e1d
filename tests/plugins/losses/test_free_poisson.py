from __future__ import annotations

import numpy as np
import pytest
import torch

from phasekit import InputError, Loss
from phasekit.testing.problems import reference_problem, truth_of

from .judged import SHAPES, arrays, judged, mean_half_deviance, near, problem_of


@pytest.mark.parametrize("space", SHAPES)
def test_the_free_likelihood_is_its_formula(space: tuple[int, ...]) -> None:
    problem = problem_of(space)
    objects = near(problem)
    assert problem.held_out.sum() > 5
    expected = [
        mean_half_deviance((a.predicted**2 * a.sensitivity)[a.held_out], (a.hidden * a.sensitivity)[a.held_out])
        for a in arrays(problem, objects)
    ]
    np.testing.assert_allclose(judged("free-poisson", problem, objects).numpy(), expected, rtol=1e-5)


def test_the_free_likelihood_sees_the_held_out_voxels_only() -> None:
    problem, loss = problem_of((8, 9, 10)), Loss.resolve("free-poisson")
    object = near(problem)
    amplitude = problem.predict(object)
    elsewhere = torch.where(problem.held_out, amplitude, amplitude + 50)
    there = torch.where(problem.held_out, amplitude + 50, amplitude)
    assert torch.equal(loss(problem, object, amplitude), loss(problem, object, elsewhere))
    assert bool((loss(problem, object, there) > loss(problem, object, amplitude)).all())


def test_a_free_likelihood_without_held_out_voxels_is_refused_with_a_sentence() -> None:
    problem = reference_problem((8, 9, 10), gap=True)
    assert "held_out" in str(Loss.resolve("free-poisson").refusal(problem))
    with pytest.raises(InputError, match="held_out"):
        judged("free-poisson", problem, truth_of(problem))
