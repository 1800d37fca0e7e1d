from __future__ import annotations

import numpy as np
import pytest
import torch

from phasekit import Geometry, Loss, Problem
from phasekit.testing import reference_problem
from phasekit.testing.problems import truth_of
from phasekit_plugins.losses.pearson import modified_pearson

from .judged import SHAPES, arrays, judged, near, problem_of


@pytest.mark.parametrize("space", SHAPES)
def test_pearson_is_its_formula(space: tuple[int, ...]) -> None:
    problem = problem_of(space)
    objects = near(problem)
    expected = []
    for a in arrays(problem, objects):
        dp, dm = (np.abs(of[a.valid] - of[a.valid].mean()) for of in (a.predicted, a.measured))
        expected.append(1 - np.sum(dp * dm) / np.sqrt(np.sum(dp**2) * np.sum(dm**2)))
    np.testing.assert_allclose(judged("pearson", problem, objects).numpy(), expected, rtol=1e-5)


def test_pearson_sees_neither_scale_nor_offset() -> None:
    problem, loss = reference_problem((8, 9, 10), gap=True), Loss.resolve("pearson")
    m = problem.amplitude
    for same in (3 * m, m + 7, 2 * m[problem.valid].mean() - m):
        assert float(loss(problem, truth_of(problem), same)) == pytest.approx(0, abs=1e-6)


def test_pearson_does_not_see_the_sign_of_a_deviation() -> None:
    rng = torch.Generator().manual_seed(0)
    deviation = 9 * torch.rand(500, generator=rng)
    flip = torch.sign(torch.rand(500, generator=rng) - 0.5)
    # Pairs of one more and one less: whichever is which, the mean is 10.
    m, p = (10 + torch.cat([d, -d]).reshape(10, 10, 10) for d in (deviation, flip * deviation))
    problem = Problem.measured(m.square(), Geometry.resolve("far-field"))
    assert float(Loss.resolve("pearson")(problem, p, p)) == pytest.approx(0, abs=1e-6)
    assert float(Loss.resolve("chi2")(problem, p, p)) > 0.1


def test_pearson_of_independent_speckle_is_035() -> None:
    shape = (48, 48, 48)
    first, second = torch.randn(2, *shape, dtype=torch.complex64, generator=torch.Generator().manual_seed(0)).abs()
    problem = Problem.measured(first.square(), Geometry.resolve("far-field"))
    assert float(Loss.resolve("pearson")(problem, first, second)) == pytest.approx(0.35, abs=0.01)


def test_pearson_of_a_constant_is_1_with_gradient_0() -> None:
    problem = reference_problem((8, 9, 10), gap=True)
    amplitude = torch.full((2, 8, 9, 10), 0.3, requires_grad=True)
    value = Loss.resolve("pearson")(problem, truth_of(problem), amplitude)
    (gradient,) = torch.autograd.grad(value.sum(), amplitude)
    assert value.tolist() == [1, 1]
    assert not bool(gradient.any())


@pytest.mark.parametrize("shape", [(7, 9), (4, 5, 6)])
def test_pairs_of_a_batch_are_compared_by_the_formula_over_the_valid_voxels(shape: tuple[int, ...]) -> None:
    rng = torch.Generator().manual_seed(1)
    predicted, measured = torch.rand((2, 3, *shape), generator=rng)
    valid = torch.rand(shape, generator=rng) > 0.2
    found = modified_pearson(predicted, measured, valid)
    assert found.dtype == torch.float64
    for value, one, other in zip(found.tolist(), predicted.double(), measured.double(), strict=True):
        p, m = (np.abs(a - a.mean()) for a in (one[valid].numpy(), other[valid].numpy()))
        assert value == pytest.approx(1 - (p * m).sum() / np.sqrt((p**2).sum() * (m**2).sum()), rel=1e-6)
