from __future__ import annotations

import numpy as np
import pytest

from phasekit import Problem, State

from .projected import array, one_step, to_data


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
def test_hio_feeds_back_outside_the_support(problem: Problem, state: State, beta: float) -> None:
    rho, inside = array(state.object), state.support.numpy()
    fitted = to_data(problem, rho)
    expected = np.where(inside, fitted, rho - beta * fitted)
    np.testing.assert_allclose(one_step(problem, state, name="hio", beta=beta), expected, atol=1e-12)


@pytest.mark.parametrize("name", ["raar", "dm"])
def test_at_beta_one_all_are_hio(problem: Problem, state: State, name: str) -> None:
    hio = one_step(problem, state, name="hio", beta=1)
    np.testing.assert_allclose(one_step(problem, state, name=name, beta=1), hio, atol=1e-12)
