from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from phasekit import InputError, Loss, Problem
from phasekit.testing import reference_problem, start_state
from phasekit.testing.problems import truth_of

from .judged import judged, near, problem_of


@pytest.fixture
def problem() -> Problem:
    return reference_problem((8, 9, 10), gap=True)


@pytest.mark.parametrize("of", ["amplitude", "phase", "complex"])
def test_rmse_is_its_formula(of: str) -> None:
    problem = problem_of((8, 9, 10))
    objects = near(problem)
    truth = truth_of(problem).numpy()
    inside = truth != 0
    expected = []
    for object in objects.numpy():
        if of == "amplitude":
            error, size = np.abs(object) - np.abs(truth), np.abs(truth)
        elif of == "phase":
            turn = np.angle(object[inside]) - np.angle(truth[inside])
            error, size = (turn + np.pi) % (2 * np.pi) - np.pi, np.angle(truth[inside])
        else:
            error, size = np.abs(object - truth), np.abs(truth)
        expected.append(np.linalg.norm(error) / np.linalg.norm(size))
    np.testing.assert_allclose(judged({"name": "rmse", "of": of}, problem, objects).numpy(), expected, rtol=1e-5)


def test_rmse_without_a_truth_is_refused_with_a_sentence(problem: Problem) -> None:
    blind = replace(problem, truth=None)
    assert "true object" in str(Loss.resolve("rmse").refusal(blind))
    with pytest.raises(InputError, match="true object"):
        judged("rmse", blind, start_state(blind).object)


@pytest.mark.parametrize("of", ["amplitude", "phase", "complex"])
def test_rmse_against_a_truth_of_zero_is_finite(of: str, problem: Problem) -> None:
    empty = replace(problem, truth=torch.zeros_like(truth_of(problem)))
    object = torch.zeros(2, 8, 9, 10, dtype=torch.complex64, requires_grad=True)
    values = judged({"name": "rmse", "of": of}, empty, object)
    (gradient,) = torch.autograd.grad(values.sum(), object)
    assert values.tolist() == [0, 0]
    assert bool(torch.isfinite(torch.view_as_real(gradient)).all())


def test_the_phase_of_a_zero_is_zero_whatever_its_sign(problem: Problem) -> None:
    zero = torch.zeros(2, 8, 9, 10, dtype=torch.complex64)
    zero[1] = torch.complex(-zero[1].real, -zero[1].real)
    assert judged({"name": "rmse", "of": "phase"}, problem, zero).tolist() == [1, 1]


def test_rmse_says_why_it_sees_phase_shift_and_twin() -> None:
    assert "truth" in Loss.resolve("rmse").sees_symmetry
