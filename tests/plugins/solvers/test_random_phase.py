from __future__ import annotations

import torch

from phasekit.testing import reference_problem

from .begun import begin, begin_again


def test_random_phase_has_the_measured_amplitudes_and_phases_in_all_directions() -> None:
    problem = reference_problem()
    wave = problem.geometry.forward(begin(problem, "random-phase").object)
    torch.testing.assert_close(wave.abs(), problem.amplitude.expand_as(wave), rtol=1e-3, atol=1e-3)
    phases = wave.angle()[:, problem.amplitude > 1e-2 * problem.amplitude.max()]
    assert phases.min() < -2.5
    assert phases.max() > 2.5
    assert abs(float(phases.mean())) < 0.5


def test_the_object_that_it_is_given_is_ignored() -> None:
    problem = reference_problem()
    state = begin(problem, "random-phase")
    assert torch.equal(begin_again(problem, "random-phase", state).object, state.object)
