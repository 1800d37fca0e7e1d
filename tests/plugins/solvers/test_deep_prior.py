"""The deep prior: what it may be asked, what it leaves alone, how it goes on, stops and fails."""

from __future__ import annotations

import math
from itertools import islice
from typing import Any, Literal

import numpy as np
import pytest
import torch
from torch import Tensor

from phasekit import InputError, Loss, Network, Problem, Solver, State, fourier, solve
from phasekit.solving.solve import load_problem
from phasekit.testing import reference_problem
from phasekit.testing.problems import start_state
from phasekit_plugins.solvers.deep_prior.networks import object_box

SMALL = {"name": "decoder", "channels": [6, 6]}
SHAPE = (12, 10, 8)


def deep_prior(**options: Any) -> Any:
    return Solver.resolve({"name": "deep-prior", "steps": 8, "network": SMALL, **options})


def last(solver: Solver, problem: Problem, start: State | None = None) -> Any:
    *_, state = solver.run(problem, start or start_state(problem))
    return state


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


def test_a_superellipsoid_is_found_from_random_weights() -> None:
    source = {"name": "simulation", "generator": "superellipsoid", "shape": [32, 32, 32]}
    result = solve(source, {"name": "deep-prior", "steps": 2000}, seeds=1, batch=1, metrics=["chi2", "object-error"])
    assert float(result.final["chi2"][0]) <= 1e-3


def test_the_object_lies_in_the_half_box_and_the_support() -> None:
    problem = reference_problem(SHAPE)
    start = start_state(problem)
    narrow = start.support.clone()
    narrow[0, :, :, :4] = False
    state = last(deep_prior(), problem, start.changed(support=narrow))
    outside = torch.ones(SHAPE, dtype=torch.bool)
    outside[fourier.half_box(SHAPE)] = False
    assert not bool(state.object[:, outside].any())
    assert not bool(state.object[~narrow].any())
    assert bool(state.object[1, :, :, 3].any())


def test_the_scale_is_the_one_that_fits_the_data_best() -> None:
    problem = reference_problem(SHAPE, gap=True)
    state = last(deep_prior(), problem)
    predicted = problem.predict(state.object)[:, problem.valid].numpy().astype(float)
    measured = problem.amplitude[problem.valid].numpy().astype(float)
    best = (predicted @ measured) / (predicted**2).sum(axis=1)
    np.testing.assert_allclose(best, 1, atol=2e-5)


@pytest.mark.parametrize("network", [SMALL, {"name": "paper", "channels": [3, 4]}])
@pytest.mark.parametrize("fill", ["prediction", "zero"])
def test_validation_voxels_are_not_fitted(network: dict[str, Any], fill: str) -> None:
    problem = reference_problem(SHAPE, gap=True)
    solver = deep_prior(network=network, fill=fill, validation=0.2, keep="last")
    hidden = problem.hold_out(0.2, seed=1, radius=0).held_out
    other = torch.where(hidden, problem.intensity.flip(0), problem.intensity)
    changed = Problem.measured(other, problem.geometry, problem.valid, truth=problem.truth)
    assert torch.equal(last(solver, problem).object, last(solver, changed).object)


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
    states = list(solver.run(problem, start_state(problem)))
    assert solver.length() is None
    assert states[-1].step < 500
    assert all(states[-1].stopped)
    assert list(solver.run(problem, states[-1])) == []


def test_only_the_best_try_goes_on() -> None:
    problem = reference_problem(SHAPE)
    solver = deep_prior(tries=3, cull_at=0.5)
    states = list(solver.run(problem, start_state(problem)))
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
    states = list(solver.run(problem, start))
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


def test_a_prediction_of_nan_is_not_put_in_for_the_data() -> None:
    problem = reference_problem(SHAPE, gap=True)
    solver = deep_prior(network=Faltering(passes=(3,)), noise=0.0)
    states = list(solver.run(problem, start_state(problem, (3,)), every=8))
    assert states[-1].setbacks == (1,)
    assert bool(states[-1].unmeasured.isfinite().all())
    assert bool(states[-1].object.isfinite().all())


@pytest.mark.parametrize("options", [{"network": {"name": "paper", "channels": [3, 4]}}, {"tries": 2}])
def test_the_object_stays_while_the_best_step_does(options: dict[str, Any]) -> None:
    problem = reference_problem(SHAPE, gap=True, photons=1e4)
    solver = deep_prior(steps=30, rate=0.5, **options)
    states = list(solver.run(problem, start_state(problem, (3,))))
    best = [max(zip(state.score, state.best_step, strict=True), key=lambda pair: -pair[0])[1] for state in states]
    held = [(one, two) for one, two, a, b in zip(states, states[1:], best, best[1:], strict=False) if a == b]
    assert held
    for one, two in held:
        assert torch.equal(one.object, two.object)


def test_a_known_background_stays_as_it_is() -> None:
    clean = reference_problem(SHAPE, gap=True)
    flat = 0.5 * float(clean.intensity.mean())
    problem = Problem.measured(clean.intensity + flat, clean.geometry, clean.valid)
    start = start_state(problem).changed(nuisance={"background": torch.tensor([flat, 2 * flat])})
    for options in ({}, {"validation": 0.2}):
        state = last(deep_prior(**options), problem, start)
        assert torch.equal(state.nuisance["background"], start.nuisance["background"])


def test_the_gate_redraws_the_support() -> None:
    problem = reference_problem((16, 16, 16))
    gate = {"name": "shrinkwrap", "threshold": 0.4}
    solver = deep_prior(steps=60, gate=gate, gate_period=10, gate_between=(0.4, 0.8))
    start = start_state(problem, (3,))
    states = {state.step: state for state in solver.run(problem, start)}
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


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"gate": {"name": "hio", "steps": 5}}, "gate takes a solver of one step"),
        ({"gate_between": (0.9, 0.3)}, "down to 0.3"),
        ({"begin": "object", "fit_steps": 2, "box": "estimated"}, "could cut the object"),
        ({"nuisance": ["centre", "centre"]}, "names one twice"),
        ({"begin": "object"}, "leaves none of the 8 steps"),
        ({"losses": [{"name": "chi2", "weight": 0}]}, "nothing to minimise"),
        ({"losses": []}, "nothing to minimise"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        deep_prior(**options)


@pytest.mark.parametrize("seed", range(4))
def test_an_estimated_box_holds_the_object(seed: int) -> None:
    source = {"name": "simulation", "generator": "crystal", "shape": [32] * 3, "seed": seed, "photons": 1e4}
    problem = load_problem(source)
    box = object_box(problem, "estimated")
    true = fourier.bounding_box(problem.truth.abs() > 0.05 * problem.truth.abs().max())
    for given, needed in zip(box, true, strict=True):
        assert given.stop - given.start >= needed.stop - needed.start


def test_a_failed_member_stays_as_it_is() -> None:
    problem = reference_problem(SHAPE)
    start = start_state(problem)
    start = start.changed(active=torch.tensor([True, False]))
    state = last(deep_prior(), problem, start)
    assert torch.equal(state.object[1], start.object[1])
    assert not torch.equal(state.object[0], start.object[0])
    assert state.running().tolist() == [True, False]


def test_it_can_begin_from_an_object() -> None:
    problem = reference_problem((24, 24))
    truth = problem.truth[None].clone()
    start = start_state(problem, (3,)).changed(object=truth)
    network = {"name": "decoder", "channels": [16, 16]}
    options = {"network": network, "rate": 0.005, "noise": 0.0, "steps": 401, "fit_steps": 400}
    fitted = last(deep_prior(begin="object", **options), problem, start).object[0]
    overlap = (fitted.conj() * problem.truth).sum().abs()
    assert float(overlap / fitted.norm() / problem.truth.norm()) > 0.99


@pytest.mark.parametrize("tries", [1, 3])
def test_trained_weights_begin_where_they_ended(tries, tmp_path) -> None:
    problem = reference_problem(SHAPE)
    solver = deep_prior(steps=12, noise=0.0, tries=tries)
    state = last(solver, problem, start_state(problem, (3,)))
    solver.trained(problem, state).save(tmp_path / "w.safetensors")
    again = deep_prior(weights=tmp_path / "w.safetensors", steps=1, rate=0.0)
    assert again.refusal(problem) is None
    # The code lies beside the weights, so any seed goes on from the same object.
    found = last(again, problem, start_state(problem, (5,))).object
    torch.testing.assert_close(found, state.object, rtol=1e-4, atol=1e-4 * float(state.object.abs().max()))


def test_weights_of_another_network_are_refused_with_what_differs(tmp_path) -> None:
    problem = reference_problem(SHAPE)
    solver = deep_prior()
    solver.trained(problem, last(solver, problem)).save(tmp_path / "w.safetensors")
    other = deep_prior(network={"name": "decoder", "channels": [6, 7]}, weights=tmp_path / "w.safetensors")
    assert "channels [6, 6], not [6, 7]" in str(other.refusal(problem))
    larger = reference_problem((16, 16, 16))
    same = deep_prior(weights=tmp_path / "w.safetensors")
    assert "data of shape 12 × 10 × 8, not 16 × 16 × 16" in str(same.refusal(larger))


def test_a_pickle_is_refused(tmp_path) -> None:
    torch.save({"weight": torch.zeros(3)}, tmp_path / "w.pt")
    reason = deep_prior(weights=tmp_path / "w.pt").refusal(reference_problem(SHAPE))
    assert "never from pickles" in str(reason)


def test_a_box_too_small_is_refused_with_the_depth_that_fits() -> None:
    problem = reference_problem((8, 8, 8))
    reason = deep_prior(network={"name": "decoder", "channels": [4] * 5}).refusal(problem)
    assert "at most 2 levels" in str(reason)


@pytest.mark.parametrize(
    ("loss", "why"),
    [("object-error", "needs the true object"), ("free-poisson", "no solver sees held-out voxels")],
)
def test_losses_that_cannot_be_had_are_refused(loss: str, why: str) -> None:
    problem = reference_problem(SHAPE)
    without = Problem.measured(problem.intensity, problem.geometry)
    with pytest.raises(InputError, match=why):
        solve(without, {"name": "deep-prior", "steps": 2, "network": SMALL, "losses": [loss]})


def test_the_papers_protocol_fills_in_its_options() -> None:
    solver: Any = Solver.resolve({"name": "deep-prior", "protocol": "paper", "steps": 400})
    assert solver.network.name == "paper"
    assert solver.optimiser == "adam-sgd"
    assert solver.steps == 400
    assert solver.losses[0].weight.at(0, 400) == pytest.approx(1e4)
    assert solver.losses[0].weight.at(399, 400) == pytest.approx(1)
    assert solver.rate.at(200, 400) == pytest.approx(0.006 * 0.95)


def test_adam_and_descent_take_turns() -> None:
    problem = reference_problem(SHAPE)
    solver = deep_prior(optimiser="adam-sgd", turn=2, steps=4, noise=0.0, rate=0.01)
    states = list(islice(solver.run(problem, start_state(problem, (3,))), 4))
    moments = [state.moments[0]["exp_avg.head.bias"] for state in states]
    assert not torch.equal(moments[0], moments[1])
    assert torch.equal(moments[1], moments[2])
    assert torch.equal(moments[2], moments[3])
    assert not torch.equal(states[2].weights[0]["head.bias"], states[3].weights[0]["head.bias"])


def test_the_background_is_found_along_with_the_object() -> None:
    clean = reference_problem((16, 16), photons=None)
    flat = float(clean.intensity.mean())
    problem = Problem.measured(clean.intensity + flat, clean.geometry)
    solver = deep_prior(steps=600, rate=0.02, noise=0.0, nuisance=["background"])
    state = last(solver, problem, start_state(problem, (3,)))
    assert float(state.nuisance["background"][0]) == pytest.approx(flat, rel=0.25)
    predicted = problem.predict(state.object, state.nuisance)[0]
    without = problem.predict(state.object)[0]
    chi2 = [float(((p - problem.amplitude) ** 2).sum() / problem.intensity.sum()) for p in (predicted, without)]
    assert chi2[0] < 0.1 * chi2[1]


def test_partial_coherence_is_found_along_with_the_object() -> None:
    clean = reference_problem((24, 24))
    problem = Problem.measured(fourier.smooth(clean.intensity, 1.0, 2).clamp(min=0), clean.geometry)
    options = {"network": {"name": "decoder", "channels": [16, 16]}, "steps": 800, "noise": 0.0, "coarse_first": 0.0}
    options["rate"] = {"name": "cosine", "start": 0.02, "stop": 0.0}
    chi2 = {}
    for nuisance in ((), ("coherence",)):
        state = last(deep_prior(nuisance=nuisance, **options), problem, start_state(problem, (3,)))
        predicted = problem.predict(state.object, state.nuisance)[0]
        chi2[nuisance] = float(((predicted - problem.amplitude) ** 2).sum() / problem.intensity.sum())
    assert chi2["coherence",] < 0.5 * chi2[()]
    # An object a little smaller blurs its fringes too, so not all of the width is told from it.
    assert 0.3 < float(state.nuisance["coherence"].mean()) < 1.5


def test_the_curve_and_the_weights_are_told() -> None:
    problem = reference_problem(SHAPE)
    state = last(deep_prior(), problem)
    curve = state.diagnostics["chi2 of the network, by per cent of the steps"]
    assert curve.shape == (2, 100)
    assert bool((curve > 0).all())
    assert state.diagnostics["best at step"].tolist() == [state.best_step[i] for i in range(2)]
