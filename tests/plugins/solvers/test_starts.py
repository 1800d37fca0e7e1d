"""Starts: what they draw, and what they leave alone."""

from __future__ import annotations

from typing import Any

import torch

from phasekit import Problem, Solver, State
from phasekit.core.registry import registry
from phasekit.testing import reference_problem


def begin(problem: Problem, start: Any, seeds: tuple[int, ...] = (3, 4)) -> State:
    shape = (len(seeds), *problem.space)
    empty = State(
        object=torch.zeros(shape, dtype=problem.complex_dtype),
        support=problem.support.expand(shape).clone(),
        seeds=seeds,
        place=(-1,),
    )
    *_, state = Solver.resolve(start).run(problem, empty)
    return state


def test_random_phase_has_the_measured_amplitudes_and_phases_in_all_directions() -> None:
    problem = reference_problem()
    wave = problem.geometry.forward(begin(problem, "random-phase").object)
    torch.testing.assert_close(wave.abs(), problem.amplitude.expand_as(wave), rtol=1e-3, atol=1e-3)
    phases = wave.angle()[:, problem.amplitude > 1e-2 * problem.amplitude.max()]
    assert phases.min() < -2.5
    assert phases.max() > 2.5
    assert abs(float(phases.mean())) < 0.5


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


def test_autocorrelation_is_as_wide_as_twice_the_object() -> None:
    geometry: Any = registry().find("geometry", "far-field")()
    truth = torch.zeros((32, 24), dtype=torch.complex64)
    truth[14:18, 10:13] = 1
    problem = Problem.measured(geometry.for_data(2).forward(truth).abs().square(), geometry)
    support = begin(problem, {"name": "autocorrelation", "threshold": 0.01}, seeds=(0,)).support[0]
    inside = support.nonzero()
    extent = (inside.max(dim=0).values - inside.min(dim=0).values + 1).tolist()
    assert extent == [2 * 4 - 1, 2 * 3 - 1]
    assert bool(support[16, 12])
    assert bool((support <= problem.support).all())


def test_a_start_ignores_the_object_it_is_given() -> None:
    problem = reference_problem()
    for name in ("random-phase", "random-object"):
        state = begin(problem, name)
        other = state.changed(object=torch.full_like(state.object, 7), step=0)
        *_, again = Solver.resolve(name).run(problem, other)
        assert torch.equal(again.object, state.object)
