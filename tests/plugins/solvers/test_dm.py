from __future__ import annotations

import numpy as np
import pytest

from phasekit import Problem, Solver, State

from .projected import array, one_step, to_data


@pytest.mark.parametrize("beta", [0.3, 0.8, 1.0])
def test_dm_is_elsers(problem: Problem, state: State, beta: float) -> None:
    rho, inside = array(state.object), state.support.numpy()
    f_m = to_data(problem, rho) + (to_data(problem, rho) - rho) / beta
    f_s = inside * rho - (inside * rho - rho) / beta
    expected = rho + beta * (inside * f_m - to_data(problem, f_s))
    np.testing.assert_allclose(one_step(problem, state, name="dm", beta=beta), expected, atol=1e-12)


def test_its_estimate_is_the_map_s_own_projection_onto_the_support(problem: Problem, state: State) -> None:
    rho, inside = array(state.object), state.support.numpy()
    expected = inside * (to_data(problem, rho) + (to_data(problem, rho) - rho) / 0.8)
    estimate = Solver.resolve({"name": "dm", "beta": 0.8}).estimate(problem, state)
    np.testing.assert_allclose(array(estimate), expected, atol=1e-12)
