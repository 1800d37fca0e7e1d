from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from phasekit import Geometry, InputError, Loss, Problem
from phasekit.testing import reference_problem, start_state


def a_problem() -> Problem:
    return reference_problem((8, 9, 10), gap=True)


def judged(loss: Loss, problem: Problem, object: torch.Tensor) -> torch.Tensor:
    return loss(problem, object, problem.predict(object))


def test_chi2_resolves_1e_10_in_single_precision():
    problem = a_problem()
    assert float(judged(Loss.resolve("chi2"), problem, problem.truth)) < 1e-12
    scaled = problem.truth * (1 + 1e-5)
    assert float(judged(Loss.resolve("chi2"), problem, scaled)) == pytest.approx(1e-10, rel=0.05)


@pytest.mark.parametrize(("expected", "figure"), [(100.0, 0.50), (3.0, 0.5), (1.0, 0.57), (0.1, 0.24), (0.01, 0.046)])
def test_the_right_model_scores_what_photon_noise_leaves(expected, figure):
    counts = np.random.default_rng(0).poisson(expected, (64, 64, 64))
    problem = Problem.measured(torch.from_numpy(counts).float(), Geometry.resolve("far-field"))
    amplitude = torch.full((64, 64, 64), expected).sqrt()
    value = float(Loss.resolve("poisson")(problem, amplitude, amplitude))
    assert value == pytest.approx(figure, rel=0.1)


def test_likelihoods_count_raw_counts():
    flat = torch.rand(8, 9, 10, generator=torch.Generator().manual_seed(0)) + 0.5
    problem = replace(a_problem(), sensitivity=flat)
    raw = Problem.measured(problem.intensity * flat, problem.geometry, problem.valid)
    amplitude = problem.predict(start_state(problem).object)
    corrected = Loss.resolve("poisson")(problem, problem.truth, amplitude)
    plain = Loss.resolve("poisson")(raw, problem.truth, amplitude * flat.sqrt())
    torch.testing.assert_close(corrected, plain, rtol=1e-5, atol=0)


def test_counts_where_nothing_is_predicted_cost_much_but_not_infinitely():
    problem = a_problem()
    loss = Loss.resolve("poisson")
    nothing = float(judged(loss, problem, torch.zeros_like(problem.truth)))
    assert np.isfinite(nothing)
    assert nothing > 2 * float(judged(loss, problem, start_state(problem).object).max())


def test_an_r_factor_without_voxels_above_its_cut_is_no_perfect_score():
    problem = a_problem()
    loss = Loss.resolve({"name": "r-factor", "counts": 1e9})
    assert judged(loss, problem, start_state(problem).object).tolist() == [1, 1]


def test_rmse_without_a_truth_is_refused_with_a_sentence():
    problem = replace(a_problem(), truth=None)
    assert "true object" in str(Loss.resolve("rmse").refusal(problem))
    with pytest.raises(InputError, match="true object"):
        judged(Loss.resolve("rmse"), problem, start_state(problem).object)


@pytest.mark.parametrize("of", ["amplitude", "phase", "complex"])
def test_rmse_against_a_truth_of_zero_is_finite(of):
    problem = a_problem()
    problem = replace(problem, truth=torch.zeros_like(problem.truth))
    object = torch.zeros(2, 8, 9, 10, dtype=torch.complex64, requires_grad=True)
    values = judged(Loss.resolve({"name": "rmse", "of": of}), problem, object)
    values.sum().backward()
    assert values.tolist() == [0, 0]
    assert bool(torch.isfinite(torch.view_as_real(object.grad)).all())


def test_the_phase_of_a_zero_is_zero_whatever_its_sign():
    problem = a_problem()
    zero = torch.zeros(2, 8, 9, 10, dtype=torch.complex64)
    zero[1] = torch.complex(-zero[1].real, -zero[1].real)
    assert judged(Loss.resolve({"name": "rmse", "of": "phase"}), problem, zero).tolist() == [1, 1]


def test_a_free_likelihood_without_held_out_voxels_is_refused_with_a_sentence():
    problem = a_problem()
    assert "held_out" in str(Loss.resolve("free-poisson").refusal(problem))
    with pytest.raises(InputError, match="held_out"):
        judged(Loss.resolve("free-poisson"), problem, problem.truth)


@pytest.mark.parametrize("name", ["pearson", "chi2", "poisson", "r-factor"])
def test_a_loss_without_needs_takes_any_problem(name):
    assert Loss.resolve(name).refusal(replace(a_problem(), truth=None)) is None
