from __future__ import annotations

import numpy as np
import pytest

from phasekit.testing.problems import reference_problem, truth_of

from .judged import SHAPES, arrays, judged, near, problem_of


@pytest.mark.parametrize("space", SHAPES)
def test_chi2_is_its_formula(space: tuple[int, ...]) -> None:
    problem = problem_of(space)
    objects = near(problem)
    expected = [
        np.sum((a.predicted - a.measured)[a.valid] ** 2) / np.sum(a.measured[a.valid] ** 2)
        for a in arrays(problem, objects)
    ]
    np.testing.assert_allclose(judged("chi2", problem, objects).numpy(), expected, rtol=1e-5)


@pytest.mark.parametrize("power", [0.1, 0.25, 1.0])
def test_with_a_power_chi2_compares_that_power_of_intensities(power: float) -> None:
    problem = problem_of((8, 9, 10))
    objects = near(problem)
    expected = [
        np.sum((a.predicted ** (2 * power) - a.measured ** (2 * power))[a.valid] ** 2)
        / np.sum(a.measured[a.valid] ** (4 * power))
        for a in arrays(problem, objects)
    ]
    values = judged({"name": "chi2", "power": power}, problem, objects)
    np.testing.assert_allclose(values.numpy(), expected, rtol=1e-3)


def test_chi2_resolves_1e_10_in_single_precision() -> None:
    problem = reference_problem((8, 9, 10), gap=True)
    truth = truth_of(problem)
    assert float(judged("chi2", problem, truth)) < 1e-12
    assert float(judged("chi2", problem, truth * (1 + 1e-5))) == pytest.approx(1e-10, rel=0.05)
