from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from phasekit import Geometry, Loss, Problem

ALL = ["pearson", "chi2", "poisson", "free-poisson", "r-factor"]
RMSE = [{"name": "rmse", "of": of} for of in ("amplitude", "phase", "complex")]
SHAPES = [(8, 9, 10), (16, 11)]


def problem_of(space: tuple[int, ...], photons: float = 1e5, seed: int = 0) -> Problem:
    """Simulate a small noise-free problem with untrusted voxels, a flat field, and held-out voxels."""
    rng = np.random.default_rng(seed)
    box = tuple(slice(n // 2 - n // 4, n // 2 + n // 4) for n in space)
    truth = np.zeros(space, complex)
    truth[box] = rng.uniform(0.5, 1, truth[box].shape) * np.exp(1j * rng.uniform(0, 1, truth[box].shape))
    truth *= np.sqrt(photons / np.sum(np.abs(truth) ** 2))
    intensity = np.abs(np.fft.ifftn(truth, norm="ortho")) ** 2
    problem = Problem.measured(
        torch.from_numpy(intensity).float(),
        Geometry.resolve("far-field"),
        torch.from_numpy(rng.uniform(size=space) > 0.1),
        truth=torch.from_numpy(truth).to(torch.complex64),
        sensitivity=torch.from_numpy(rng.uniform(0.5, 2, space)).float(),
    )
    return problem.hold_out(0.1, radius=1)


def near(problem: Problem, count: int = 3, amount: float = 0.3, seed: int = 1) -> torch.Tensor:
    rng = torch.Generator().manual_seed(seed)
    noise = torch.randn((count, *problem.space), generator=rng, dtype=torch.complex64)
    return problem.truth + amount * problem.truth.abs().max() * noise


def judged(loss: Loss, problem: Problem, object: torch.Tensor) -> torch.Tensor:
    return loss(problem, object, problem.predict(object))


def arrays(problem: Problem, object: torch.Tensor) -> tuple[np.ndarray, ...]:
    """Return predicted and measured amplitudes (float64), trust, held-out, hidden, sensitivity as numpy."""
    predicted = np.abs(np.fft.ifftn(object.numpy().astype(complex), norm="ortho"))
    rest = (problem.intensity.sqrt(), problem.valid, problem.held_out, problem.hidden, problem.sensitivity)
    return predicted, *(array.numpy().astype(float if array.is_floating_point() else bool) for array in rest)


def mean_half_deviance(predicted: np.ndarray, measured: np.ndarray) -> float:
    with np.errstate(divide="ignore", invalid="ignore"):
        surprise = np.where(measured > 0, measured * np.log(measured / predicted), 0)
    return float(np.mean(predicted - measured + surprise))


@pytest.mark.parametrize("space", SHAPES)
@pytest.mark.parametrize("name", ALL)
def test_a_loss_is_its_formula(name, space):
    problem = problem_of(space)
    objects = near(problem)
    values = judged(Loss.resolve(name), problem, objects)
    assert values.shape == (3,)
    assert values.dtype == torch.float64
    for value, object in zip(values, objects, strict=True):
        p, m, valid, held, hidden, flat = arrays(problem, object)
        bright = valid & (m**2 * flat > 10)
        if name == "chi2":
            expected = np.sum((p - m)[valid] ** 2) / np.sum(m[valid] ** 2)
        elif name == "pearson":
            dp, dm = np.abs(p[valid] - p[valid].mean()), np.abs(m[valid] - m[valid].mean())
            expected = 1 - np.sum(dp * dm) / np.sqrt(np.sum(dp**2) * np.sum(dm**2))
        elif name == "r-factor":
            assert 5 < bright.sum() < valid.sum()
            expected = np.sum(np.abs(p - m)[bright]) / np.sum(m[bright])
        elif name == "poisson":
            expected = mean_half_deviance((p**2 * flat)[valid], (m**2 * flat)[valid])
        else:
            assert held.sum() > 5
            expected = mean_half_deviance((p**2 * flat)[held], (hidden * flat)[held])
        assert float(value) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("options", RMSE, ids=lambda options: options["of"])
def test_rmse_is_its_formula(options):
    problem = problem_of((8, 9, 10))
    objects = near(problem)
    truth = problem.truth.numpy()
    inside = truth != 0
    for value, object in zip(judged(Loss.resolve(options), problem, objects), objects.numpy(), strict=True):
        if options["of"] == "amplitude":
            error, size = np.abs(object) - np.abs(truth), np.abs(truth)
        elif options["of"] == "phase":
            turn = np.angle(object[inside]) - np.angle(truth[inside])
            error, size = (turn + np.pi) % (2 * np.pi) - np.pi, np.angle(truth[inside])
        else:
            error, size = np.abs(object - truth), np.abs(truth)
        assert float(value) == pytest.approx(np.linalg.norm(error) / np.linalg.norm(size), rel=1e-5)


@pytest.mark.parametrize("space", SHAPES)
@pytest.mark.parametrize("loss", [*ALL, *RMSE], ids=str)
@pytest.mark.parametrize("place", ["zero", "truth", "near", "delta"])
@pytest.mark.parametrize("data", ["good", "empty", "all untrusted"])
def test_value_and_gradient_are_finite(loss, place, data, space):
    problem = problem_of(space)
    if data == "empty":
        zero = torch.zeros_like(problem.intensity)
        problem = replace(problem, intensity=zero, amplitude=zero, hidden=zero)
    elif data == "all untrusted":
        problem = replace(problem, valid=torch.zeros_like(problem.valid))
    delta = torch.zeros_like(problem.truth)
    delta[(0,) * len(space)] = 1
    starts = {"zero": 0 * problem.truth, "truth": problem.truth, "near": near(problem)[0], "delta": delta}
    object = starts[place].clone().expand(2, *space).clone().requires_grad_()
    values = judged(Loss.resolve(loss), problem, object)
    values.sum().backward()
    assert values.shape == (2,)
    assert bool(torch.isfinite(values).all())
    assert bool(torch.isfinite(torch.view_as_real(object.grad)).all())


@pytest.mark.parametrize("name", ALL)
def test_untrusted_voxels_change_nothing(name):
    problem, loss = problem_of((8, 9, 10)), Loss.resolve(name)
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


@pytest.mark.parametrize("name", ["pearson", "chi2", "poisson", "r-factor"])
def test_held_out_voxels_change_nothing_that_a_solver_may_see(name):
    problem, loss = problem_of((8, 9, 10)), Loss.resolve(name)
    object = near(problem)
    amplitude = problem.predict(object)
    moved = torch.where(problem.held_out, amplitude + 50, amplitude)
    assert torch.equal(loss(problem, object, amplitude), loss(problem, object, moved))


def test_the_free_likelihood_sees_the_held_out_voxels_only():
    problem, loss = problem_of((8, 9, 10)), Loss.resolve("free-poisson")
    object = near(problem)
    amplitude = problem.predict(object)
    elsewhere = torch.where(problem.held_out, amplitude, amplitude + 50)
    there = torch.where(problem.held_out, amplitude + 50, amplitude)
    assert torch.equal(loss(problem, object, amplitude), loss(problem, object, elsewhere))
    assert bool((loss(problem, object, there) > loss(problem, object, amplitude)).all())


@pytest.mark.parametrize("loss", [*ALL, *RMSE], ids=str)
def test_nothing_scores_below_the_truth(loss):
    problem, loss = problem_of((8, 9, 10)), Loss.resolve(loss)
    best = float(judged(loss, problem, problem.truth[None]))
    for amount in (1e-3, 0.03, 1.0):
        assert float(judged(loss, problem, near(problem, amount=amount)).min()) >= best - 1e-9


@pytest.mark.parametrize("name", ALL)
def test_phase_shift_and_twin_are_not_seen(name):
    problem, loss = problem_of((8, 9, 10)), Loss.resolve(name)
    object = near(problem)
    twin = torch.roll(object.flip(1, 2, 3), (1, 1, 1), (1, 2, 3)).conj().resolve_conj()
    reference = judged(loss, problem, object)
    for same in (object * np.exp(1.3j), torch.roll(object, (2, -3, 1), (1, 2, 3)), twin):
        torch.testing.assert_close(judged(loss, problem, same.to(object.dtype)), reference, rtol=1e-4, atol=1e-7)
    assert not loss.sees_symmetry


def test_rmse_says_why_it_sees_phase_shift_and_twin():
    assert "truth" in Loss.resolve("rmse").sees_symmetry


@pytest.mark.parametrize("loss", [*ALL, *RMSE], ids=str)
def test_a_batch_scores_as_its_members_do_and_any_leading_axes_pass(loss):
    problem, loss = problem_of((16, 11)), Loss.resolve(loss)
    objects = near(problem, count=6)
    whole = judged(loss, problem, objects)
    assert torch.equal(judged(loss, problem, objects.reshape(2, 3, 16, 11)), whole.reshape(2, 3))
    torch.testing.assert_close(judged(loss, problem, objects[4]), whole[4], rtol=1e-6, atol=0)
