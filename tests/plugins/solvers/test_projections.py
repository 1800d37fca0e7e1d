"""ER, HIO, RAAR and DM are the maps of their papers, written out in plain numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from phasekit import Problem, Solver, State
from phasekit.core.registry import registry


@pytest.fixture
def problem() -> Problem:
    rng = torch.Generator().manual_seed(1)
    geometry: Any = registry().find("geometry", "far-field")()
    intensity = torch.rand((9, 12, 10), generator=rng, dtype=torch.float64) * 100
    return Problem.measured(intensity, geometry, torch.rand(intensity.shape, generator=rng) > 0.1)


@pytest.fixture
def state(problem: Problem) -> State:
    rng = torch.Generator().manual_seed(2)
    shape = (2, *problem.space)
    object = torch.randn(shape, generator=rng, dtype=torch.complex128)
    return State(object=object, support=torch.rand(shape, generator=rng) > 0.5, seeds=(0, 1))


def one_step(problem: Problem, state: State, **options: Any) -> np.ndarray:
    *_, end = Solver.resolve({"steps": 1, **options}).run(problem, state)
    return end.object.numpy()


def to_data(problem: Problem, rho: np.ndarray) -> np.ndarray:
    wave = np.fft.ifftn(rho, axes=(1, 2, 3), norm="ortho")
    fitted = np.where(problem.valid.numpy(), problem.amplitude.numpy() * np.exp(1j * np.angle(wave)), wave)
    return np.fft.fftn(fitted, axes=(1, 2, 3), norm="ortho")


def test_er_projects_onto_data_then_support(problem: Problem, state: State) -> None:
    rho, inside = state.object.numpy(), state.support.numpy()
    np.testing.assert_allclose(one_step(problem, state, name="er"), to_data(problem, rho) * inside, atol=1e-12)


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
def test_hio_feeds_back_outside_the_support(problem: Problem, state: State, beta: float) -> None:
    rho, inside = state.object.numpy(), state.support.numpy()
    fitted = to_data(problem, rho)
    expected = np.where(inside, fitted, rho - beta * fitted)
    np.testing.assert_allclose(one_step(problem, state, name="hio", beta=beta), expected, atol=1e-12)


@pytest.mark.parametrize("beta", [0.3, 0.75, 1.0])
def test_raar_is_lukes(problem: Problem, state: State, beta: float) -> None:
    rho, inside = state.object.numpy(), state.support.numpy()

    def reflect_data(x: np.ndarray) -> np.ndarray:
        return 2 * to_data(problem, x) - x

    def reflect_support(x: np.ndarray) -> np.ndarray:
        return 2 * inside * x - x

    expected = beta / 2 * (reflect_support(reflect_data(rho)) + rho) + (1 - beta) * to_data(problem, rho)
    np.testing.assert_allclose(one_step(problem, state, name="raar", beta=beta), expected, atol=1e-12)


@pytest.mark.parametrize("beta", [0.3, 0.8, 1.0])
def test_dm_is_elsers(problem: Problem, state: State, beta: float) -> None:
    rho, inside = state.object.numpy(), state.support.numpy()
    f_m = to_data(problem, rho) + (to_data(problem, rho) - rho) / beta
    f_s = inside * rho - (inside * rho - rho) / beta
    expected = rho + beta * (inside * f_m - to_data(problem, f_s))
    np.testing.assert_allclose(one_step(problem, state, name="dm", beta=beta), expected, atol=1e-12)


@pytest.mark.parametrize("name", ["raar", "dm"])
def test_at_beta_one_all_are_hio(problem: Problem, state: State, name: str) -> None:
    hio = one_step(problem, state, name="hio", beta=1)
    np.testing.assert_allclose(one_step(problem, state, name=name, beta=1), hio, atol=1e-12)


@pytest.mark.parametrize(("reference", "threshold"), [("maximum", 0.4), ("rms", 0.45)])
def test_shrinkwrap_cuts_the_smoothed_estimate(
    problem: Problem, state: State, reference: str, threshold: float
) -> None:
    options = {"name": "shrinkwrap", "reference": reference, "threshold": threshold, "sigma": 1.3}
    *_, end = Solver.resolve(options).run(problem, state)
    for member in range(2):
        inside = state.support[member].numpy()
        modulus = np.abs(to_data(problem, state.object.numpy()[member : member + 1])[0] * inside)
        kernel = np.exp(
            -2
            * (np.pi * 1.3) ** 2
            * sum(f**2 for f in np.meshgrid(*[np.fft.fftfreq(n) for n in modulus.shape], indexing="ij"))
        )
        smoothed = np.fft.ifftn(np.fft.fftn(modulus) * kernel).real
        level = smoothed.max() if reference == "maximum" else np.sqrt((modulus[inside] ** 2).mean())
        np.testing.assert_array_equal(end.support[member].numpy(), smoothed > threshold * level)
    assert torch.equal(end.object, state.object)


def test_a_support_that_vanishes_marks_its_member_as_failed_and_is_kept(problem: Problem, state: State) -> None:
    empty = state.changed(object=torch.stack([state.object[0], torch.zeros_like(state.object[1])]))
    blank = Problem.measured(torch.rand(problem.detector, dtype=torch.float64) + 1, problem.geometry)
    *_, end = Solver.resolve({"name": "shrinkwrap", "threshold": 1.0, "sigma": 0}).run(blank, empty)
    assert end.running().tolist() == [False, False]
    assert torch.equal(end.support, state.support)
    *_, after = Solver.resolve({"name": "er", "steps": 3}).run(blank, end.handover())
    assert torch.equal(after.object, empty.object)


def test_detwin_gives_the_whole_support_back_and_works_on_half_of_it(problem: Problem, state: State) -> None:
    *_, end = Solver.resolve({"name": "detwin", "steps": 4}).run(problem, state)
    assert torch.equal(end.support, state.support)
    for member in range(2):
        filled = int((end.object[member] != 0).sum())
        whole = int(state.support[member].sum())
        assert 0.35 * whole < filled < 0.65 * whole
