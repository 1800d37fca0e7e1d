from __future__ import annotations

import torch

from phasekit.testing import reference_problem

from .begun import begin, begin_again


def test_random_object_fills_the_support_with_the_energy_of_the_data() -> None:
    problem = reference_problem()
    object = begin(problem, "random-object").object
    assert not object[:, ~problem.support].any()
    energy = object.abs().square().sum(dim=(1, 2, 3))
    torch.testing.assert_close(energy, problem.intensity.sum().expand(2), rtol=1e-4, atol=0)
    assert not torch.equal(object[0], object[1])


def test_random_object_with_no_phase_is_real_and_positive() -> None:
    object = begin(reference_problem(), {"name": "random-object", "phase_rad": 0}).object
    assert float(object.imag.abs().max()) == 0
    assert float(object.real.min()) >= 0


def test_the_object_that_it_is_given_is_ignored() -> None:
    problem = reference_problem()
    state = begin(problem, "random-object")
    assert torch.equal(begin_again(problem, "random-object", state).object, state.object)
