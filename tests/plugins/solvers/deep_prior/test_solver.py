"""The deep prior: what it finds, where it begins, and what it may be asked."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from phasekit import InputError, Problem, fourier, solve
from phasekit.testing import reference_problem, start_state
from phasekit.testing.problems import truth_of

from .prior import SHAPE, SMALL, deep_prior, last


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


@pytest.mark.parametrize("tries", [1, 3])
def test_trained_weights_begin_where_they_ended(tries: int, tmp_path: Path) -> None:
    problem = reference_problem(SHAPE)
    solver = deep_prior(steps=12, noise=0.0, tries=tries)
    state = last(solver, problem, start_state(problem, (3,)))
    solver.trained(problem, state).save(tmp_path / "w.safetensors")
    again = deep_prior(weights=tmp_path / "w.safetensors", steps=1, rate=0.0)
    assert again.refusal(problem) is None
    # The code lies beside the weights, so any seed goes on from the same object.
    found = last(again, problem, start_state(problem, (5,))).object
    torch.testing.assert_close(found, state.object, rtol=1e-4, atol=1e-4 * float(state.object.abs().max()))


def test_weights_of_another_network_are_refused_with_what_differs(tmp_path: Path) -> None:
    problem = reference_problem(SHAPE)
    solver = deep_prior()
    solver.trained(problem, last(solver, problem)).save(tmp_path / "w.safetensors")
    other = deep_prior(network={"name": "decoder", "channels": [6, 7]}, weights=tmp_path / "w.safetensors")
    assert "channels [6, 6], not [6, 7]" in str(other.refusal(problem))
    larger = reference_problem((16, 16, 16))
    same = deep_prior(weights=tmp_path / "w.safetensors")
    assert "data of shape 12 × 10 × 8, not 16 × 16 × 16" in str(same.refusal(larger))


def test_a_pickle_is_refused(tmp_path: Path) -> None:
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


def test_it_can_begin_from_an_object() -> None:
    problem = reference_problem((24, 24))
    truth = truth_of(problem)
    start = start_state(problem, (3,)).changed(object=truth[None].clone())
    network = {"name": "decoder", "channels": [16, 16]}
    solver = deep_prior(begin="object", network=network, rate=0.005, noise=0.0, steps=401, fit_steps=400)
    fitted = last(solver, problem, start).object[0]
    overlap = (fitted.conj() * truth).sum().abs()
    assert float(overlap / fitted.norm() / truth.norm()) > 0.99
