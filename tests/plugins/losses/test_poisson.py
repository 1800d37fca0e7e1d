from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from phasekit import Geometry, Loss, Problem
from phasekit.testing import reference_problem, start_state
from phasekit.testing.problems import truth_of

from .judged import SHAPES, arrays, judged, mean_half_deviance, near, problem_of


@pytest.mark.parametrize("space", SHAPES)
def test_poisson_is_its_formula(space: tuple[int, ...]) -> None:
    problem = problem_of(space)
    objects = near(problem)
    expected = [
        mean_half_deviance((a.predicted**2 * a.sensitivity)[a.valid], (a.measured**2 * a.sensitivity)[a.valid])
        for a in arrays(problem, objects)
    ]
    np.testing.assert_allclose(judged("poisson", problem, objects).numpy(), expected, rtol=1e-5)


@pytest.mark.parametrize(("expected", "figure"), [(100.0, 0.50), (3.0, 0.5), (1.0, 0.57), (0.1, 0.24), (0.01, 0.046)])
def test_the_right_model_scores_what_photon_noise_leaves(expected: float, figure: float) -> None:
    counts = np.random.default_rng(0).poisson(expected, (64, 64, 64))
    problem = Problem.measured(torch.from_numpy(counts).float(), Geometry.resolve("far-field"))
    amplitude = torch.full((64, 64, 64), expected).sqrt()
    value = float(Loss.resolve("poisson")(problem, amplitude, amplitude))
    assert value == pytest.approx(figure, rel=0.1)


def test_likelihoods_count_raw_counts() -> None:
    flat = torch.rand(8, 9, 10, generator=torch.Generator().manual_seed(0)) + 0.5
    problem = replace(reference_problem((8, 9, 10), gap=True), sensitivity=flat)
    raw = Problem.measured(problem.intensity * flat, problem.geometry, problem.valid)
    truth, amplitude = truth_of(problem), problem.predict(start_state(problem).object)
    corrected = Loss.resolve("poisson")(problem, truth, amplitude)
    plain = Loss.resolve("poisson")(raw, truth, amplitude * flat.sqrt())
    torch.testing.assert_close(corrected, plain, rtol=1e-5, atol=0)


def test_counts_where_nothing_is_predicted_cost_much_but_not_infinitely() -> None:
    problem = reference_problem((8, 9, 10), gap=True)
    nothing = float(judged("poisson", problem, torch.zeros_like(truth_of(problem))))
    assert np.isfinite(nothing)
    assert nothing > 2 * float(judged("poisson", problem, start_state(problem).object).max())
