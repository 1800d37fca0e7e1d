from __future__ import annotations

import numpy as np
import pytest

from phasekit import Problem, State

from .projected import Array, array, one_step, to_data


@pytest.mark.parametrize("beta", [0.3, 0.75, 1.0])
def test_raar_is_lukes(problem: Problem, state: State, beta: float) -> None:
    rho, inside = array(state.object), state.support.numpy()

    def reflect_data(x: Array) -> Array:
        return 2 * to_data(problem, x) - x

    def reflect_support(x: Array) -> Array:
        return 2 * inside * x - x

    expected = beta / 2 * (reflect_support(reflect_data(rho)) + rho) + (1 - beta) * to_data(problem, rho)
    np.testing.assert_allclose(one_step(problem, state, name="raar", beta=beta), expected, atol=1e-12)
