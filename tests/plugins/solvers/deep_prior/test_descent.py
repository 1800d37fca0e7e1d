"""The descent: what it keeps, how it goes on, stops and fails."""

from __future__ import annotations

import math
from typing import Any, Literal

import pytest
import torch
from torch import Tensor

from phasekit import Loss, Network, Problem, fourier
from phasekit.testing import reference_problem, start_state

from .prior import SHAPE, deep_prior, last, run


class NanAt(Loss):
    """χ² that is NaN at the calls that are listed: for the tests."""

    name: Literal["nan-at"] = "nan-at"
    calls: tuple[int, ...] = ()

    def __call__(self, problem: Problem, object: Tensor, amplitude: Tensor) -> Tensor:
        CALLS.append(1)
        value = Loss.resolve("chi2")(problem, object, amplitude)
        return value * math.nan if not self.calls or len(CALLS) in self.calls else value


CALLS: list[int] = []


@pytest.fixture(autouse=True)
def _forget_calls() -> None:
    CALLS.clear()


class Faltering(Network):
    """Reads the data through one convolution, and gives NaN at the passes that are listed: for the tests."""

    name: Literal["faltering"] = "faltering"
    passes: tuple[int, ...] = ()

    def input_shape(self, detector: tuple[int, ...], box: tuple[int, ...]) -> tuple[int, ...]:
        return (1, *detector)

    def build(self, detector: tuple[int, ...], box: tuple[int, ...]) -> torch.nn.Module:
        options = self

        class Module(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.layer = torch.nn.Conv3d(1, 2, 3, padding=1)

            def forward(self, x: Tensor) -> Tensor:
                CALLS.append(1)
                half = self.layer(x)[(..., *fourier.half_box(detector))]
                if len(CALLS) in options.passes:
                    half = half * math.nan
                return torch.complex(half[:, 0], half[:, 1])

        return Module()


def test_the_best_weights_are_kept_and_the_last_where_asked() -> None:
    problem = reference_problem(SHAPE, photons=2e3)
    options = {"steps": 500, "rate": 3.0, "noise": 0.0, "validation": 0.2, "patience": 10}
    best, final = (last(deep_prior(keep=keep, **options), problem) for keep in ("best", "last"))
    assert best.score == final.score
    assert max(best.best_step) <= best.step - 10
    assert not torch.equal(best.object, final.object)


def test_patience_ends_the_run() -> None:
    problem = reference_problem(SHAPE)
    solver = deep_prior(steps=500, rate=3.0, noise=0.0, patience=10)
    states = run(solver, problem, start_state(problem))
    assert solver.length() is None
    assert states[-1].step < 500
    assert all(states[-1].stopped)
    assert run(solver, problem, states[-1]) == []


def test_only_the_best_try_goes_on() -> None:
    problem = reference_problem(SHAPE)
    solver = deep_prior(tries=3, cull_at=0.5)
    states = run(solver, problem, start_state(problem))
    assert [len(state.owner) for state in states] == [6, 6, 6, 6, 2, 2, 2, 2]
    before, after = states[3], states[4]
    for member in range(2):
        rivals = [i for i, owner in enumerate(before.owner) if owner == member]
        winner = min(rivals, key=lambda i: before.smoothed[i])
        assert after.attempt[after.owner.index(member)] == before.attempt[winner]


def test_nan_goes_back_to_the_best_weights_with_a_smaller_rate() -> None:
    problem = reference_problem(SHAPE)
    solver = deep_prior(losses=[NanAt(calls=(5,))])
    start = start_state(problem, (3,))
    states = run(solver, problem, start)
    assert states[-1].setbacks == (1,)
    assert states[-1].rate == (0.3,)
    assert states[-1].active is None
    for name, value in states[4].weights[0].items():
        assert torch.equal(value, states[4].best[0][name])


def test_nan_again_and_again_fails_the_member() -> None:
    problem = reference_problem(SHAPE)
    solver = deep_prior(losses=[NanAt()])
    state = last(solver, problem, start_state(problem, (3,)))
    assert state.step == 4
    assert not bool(state.running().any())
    assert bool(state.object.isfinite().all())


def test_a_prediction_of_nan_is_not_put_in_for_the_data() -> None:
    problem = reference_problem(SHAPE, gap=True)
    solver = deep_prior(network=Faltering(passes=(3,)), noise=0.0)
    states = run(solver, problem, start_state(problem, (3,)), every=8)
    assert states[-1].setbacks == (1,)
    assert states[-1].unmeasured is not None
    assert bool(states[-1].unmeasured.isfinite().all())
    assert bool(states[-1].object.isfinite().all())


@pytest.mark.parametrize("options", [{"network": {"name": "paper", "channels": [3, 4]}}, {"tries": 2}])
def test_the_object_stays_while_the_best_step_does(options: dict[str, Any]) -> None:
    problem = reference_problem(SHAPE, gap=True, photons=1e4)
    solver = deep_prior(steps=30, rate=0.5, **options)
    states = run(solver, problem, start_state(problem, (3,)))
    best = [max(zip(state.score, state.best_step, strict=True), key=lambda pair: -pair[0])[1] for state in states]
    held = [(one, two) for one, two, a, b in zip(states, states[1:], best, best[1:], strict=False) if a == b]
    assert held
    for one, two in held:
        assert torch.equal(one.object, two.object)


def test_the_gate_redraws_the_support() -> None:
    problem = reference_problem((16, 16, 16))
    gate = {"name": "shrinkwrap", "threshold": 0.4}
    solver = deep_prior(steps=60, gate=gate, gate_period=10, gate_between=(0.4, 0.8))
    start = start_state(problem, (3,))
    states = {state.step: state for state in run(solver, problem, start)}
    assert torch.equal(states[24].support, start.support)
    assert int(states[60].support.sum()) < int(start.support.sum())
    assert not bool(states[60].object[~states[60].support].any())


def test_a_support_outside_the_box_fails_the_member() -> None:
    problem = reference_problem((16, 16, 16))
    start = start_state(problem)
    support = start.support.clone()
    support[1] = False
    support[1, 0, 0, 0] = True
    state = last(deep_prior(), problem, start.changed(support=support))
    assert state.running().tolist() == [True, False]


def test_a_failed_member_stays_as_it_is() -> None:
    problem = reference_problem(SHAPE)
    start = start_state(problem)
    start = start.changed(active=torch.tensor([True, False]))
    state = last(deep_prior(), problem, start)
    assert torch.equal(state.object[1], start.object[1])
    assert not torch.equal(state.object[0], start.object[0])
    assert state.running().tolist() == [True, False]


def test_adam_and_descent_take_turns() -> None:
    problem = reference_problem(SHAPE)
    solver = deep_prior(optimiser="adam-sgd", turn=2, steps=4, noise=0.0, rate=0.01)
    states = run(solver, problem, start_state(problem, (3,)))
    moments = [state.moments[0]["exp_avg.head.bias"] for state in states]
    assert not torch.equal(moments[0], moments[1])
    assert torch.equal(moments[1], moments[2])
    assert torch.equal(moments[2], moments[3])
    assert not torch.equal(states[2].weights[0]["head.bias"], states[3].weights[0]["head.bias"])


def test_the_curve_and_the_weights_are_reported() -> None:
    problem = reference_problem(SHAPE)
    state = last(deep_prior(), problem)
    curve = state.diagnostics["chi2 of the network, by per cent of the steps"]
    assert curve.shape == (2, 100)
    assert bool((curve > 0).all())
    assert state.diagnostics["best at step"].tolist() == [state.best_step[i] for i in range(2)]
