"""What the losses promise together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from phasekit import Loss
from phasekit.testing.problems import reference_problem, truth_of

from .judged import SHAPES, judged, near, problem_of

SEEN = ["pearson", "chi2", "poisson", "r-factor"]
"""Losses of what a solver may see."""
DATA = [*SEEN, "free-poisson"]
"""Losses of the data."""
ALL = [*DATA, *({"name": "rmse", "of": of} for of in ("amplitude", "phase", "complex"))]


@pytest.mark.parametrize("space", SHAPES)
@pytest.mark.parametrize("loss", ALL, ids=str)
def test_each_object_gets_one_number_in_double_precision(loss: object, space: tuple[int, ...]) -> None:
    problem = problem_of(space)
    values = judged(loss, problem, near(problem))
    assert values.shape == (3,)
    assert values.dtype == torch.float64


@pytest.mark.parametrize("space", SHAPES)
@pytest.mark.parametrize("loss", ALL, ids=str)
@pytest.mark.parametrize("place", ["zero", "truth", "near", "delta"])
@pytest.mark.parametrize("data", ["good", "empty", "all untrusted"])
def test_value_and_gradient_are_finite(loss: object, place: str, data: str, space: tuple[int, ...]) -> None:
    problem = problem_of(space)
    if data == "empty":
        zero = torch.zeros_like(problem.intensity)
        problem = replace(problem, intensity=zero, amplitude=zero, hidden=zero)
    elif data == "all untrusted":
        problem = replace(problem, valid=torch.zeros_like(problem.valid))
    truth = truth_of(problem)
    delta = torch.zeros_like(truth)
    delta[(0,) * len(space)] = 1
    starts = {"zero": 0 * truth, "truth": truth, "near": near(problem)[0], "delta": delta}
    object = starts[place].clone().expand(2, *space).clone().requires_grad_()
    values = judged(loss, problem, object)
    (gradient,) = torch.autograd.grad(values.sum(), object)
    assert values.shape == (2,)
    assert bool(torch.isfinite(values).all())
    assert bool(torch.isfinite(torch.view_as_real(gradient)).all())


@pytest.mark.parametrize("name", DATA)
def test_untrusted_voxels_change_nothing(name: str) -> None:
    problem, loss = problem_of((8, 9, 10)), Loss.resolve(name)
    assert problem.sensitivity is not None
    object = near(problem)
    amplitude = problem.predict(object)
    unseen = ~(problem.valid | problem.held_out)
    noise = 1e3 * torch.rand(problem.detector, generator=torch.Generator().manual_seed(3))
    other = replace(
        problem,
        intensity=torch.where(unseen, noise, problem.intensity),
        amplitude=torch.where(unseen, noise.sqrt(), problem.amplitude),
        sensitivity=torch.where(unseen, noise, problem.sensitivity),
    )
    moved = torch.where(unseen, amplitude + noise, amplitude)
    assert torch.equal(loss(problem, object, amplitude), loss(other, object, moved))


@pytest.mark.parametrize("name", SEEN)
def test_held_out_voxels_change_nothing_that_a_solver_may_see(name: str) -> None:
    problem, loss = problem_of((8, 9, 10)), Loss.resolve(name)
    object = near(problem)
    amplitude = problem.predict(object)
    moved = torch.where(problem.held_out, amplitude + 50, amplitude)
    assert torch.equal(loss(problem, object, amplitude), loss(problem, object, moved))


@pytest.mark.parametrize("loss", ALL, ids=str)
def test_nothing_scores_below_the_truth(loss: object) -> None:
    problem = problem_of((8, 9, 10))
    best = float(judged(loss, problem, truth_of(problem)[None]))
    for amount in (1e-3, 0.03, 1.0):
        assert float(judged(loss, problem, near(problem, amount=amount)).min()) >= best - 1e-9


@pytest.mark.parametrize("name", DATA)
def test_phase_shift_and_twin_are_not_seen(name: str) -> None:
    problem = problem_of((8, 9, 10))
    object = near(problem)
    twin = torch.roll(object.flip(1, 2, 3), (1, 1, 1), (1, 2, 3)).conj().resolve_conj()
    reference = judged(name, problem, object)
    for same in (object * np.exp(1.3j), torch.roll(object, (2, -3, 1), (1, 2, 3)), twin):
        torch.testing.assert_close(judged(name, problem, same.to(object.dtype)), reference, rtol=1e-4, atol=1e-7)
    assert not Loss.resolve(name).sees_symmetry


@pytest.mark.parametrize("loss", ALL, ids=str)
def test_a_batch_scores_as_its_members_do_and_any_leading_axes_pass(loss: object) -> None:
    problem = problem_of((16, 11))
    objects = near(problem, count=6)
    whole = judged(loss, problem, objects)
    assert torch.equal(judged(loss, problem, objects.reshape(2, 3, 16, 11)), whole.reshape(2, 3))
    torch.testing.assert_close(judged(loss, problem, objects[4]), whole[4], rtol=1e-6, atol=0)


@pytest.mark.parametrize("name", SEEN)
def test_a_loss_without_needs_takes_any_problem(name: str) -> None:
    assert Loss.resolve(name).refusal(replace(reference_problem((8, 9, 10), gap=True), truth=None)) is None
