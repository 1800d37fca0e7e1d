from __future__ import annotations

import numpy as np

from phasekit import Problem, State

from .projected import array, one_step, to_data


def test_er_projects_onto_data_then_support(problem: Problem, state: State) -> None:
    rho, inside = array(state.object), state.support.numpy()
    np.testing.assert_allclose(one_step(problem, state, name="er"), to_data(problem, rho) * inside, atol=1e-12)
