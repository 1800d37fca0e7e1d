"""The object error sees the object, and not what the data cannot fix."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from phasekit import Loss, Problem, fourier
from phasekit.numerics.symmetry import twin
from phasekit.testing import reference_problem


def error(problem: Problem, object: Tensor, **options: bool) -> float:
    metric = Loss.resolve({"name": "object-error", **options})
    return float(metric(problem, object[None], problem.predict(object[None]))[0])


@pytest.fixture
def problem() -> Problem:
    return reference_problem((16, 14, 12))


def truth_of(problem: Problem) -> Tensor:
    assert problem.truth is not None
    return problem.truth


def test_translation_twin_and_phase_cost_nothing(problem: Problem) -> None:
    truth = truth_of(problem)
    moved = fourier.shift(truth, (1.3, -2.0, 0.45), 3) * torch.exp(torch.tensor(2.1j))
    assert error(problem, moved) < 2e-3
    assert error(problem, twin(moved)) < 2e-3


def test_a_wrong_object_scores_its_distance(problem: Problem) -> None:
    truth = truth_of(problem)
    wrong = truth.clone()
    wrong[8] *= 1.5
    expected = np.linalg.norm((wrong - truth).numpy()) / np.linalg.norm(truth.numpy())
    assert error(problem, wrong) == pytest.approx(expected, rel=0.05)
    assert error(problem, wrong) <= expected * (1 + 1e-4)


def test_a_factor_counts_unless_it_is_to_be_undone(problem: Problem) -> None:
    truth = truth_of(problem)
    assert error(problem, 1.2 * truth) == pytest.approx(0.2, rel=1e-3)
    assert error(problem, 1.2 * truth, scale=True) < 1e-3


def test_an_empty_object_is_all_error(problem: Problem) -> None:
    assert error(problem, torch.zeros_like(truth_of(problem))) == pytest.approx(1)


def test_without_the_truth_it_refuses(problem: Problem) -> None:
    blind = replace(problem, truth=None)
    assert "needs the true object" in str(Loss.resolve("object-error").refusal(blind))
