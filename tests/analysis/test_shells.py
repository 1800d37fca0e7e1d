"""Shells follow the geometry, their sums are plain sums, and noise is what a Poisson law says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from phasekit import Geometry, Problem
from phasekit.analysis.shell_profile import ShellProfile
from phasekit.analysis.shells import Shells, magnitude

from ..known import theta_scan

FAR = {"name": "far-field", "energy_kev": 8.0, "distance_m": 2.0, "pixel_um": 75.0}


def indices(shape: tuple[int, ...]) -> np.ndarray:
    """Return (*shape, ndim): the index from zero frequency, zero frequency first."""
    return np.fft.ifftshift(np.stack(np.indices(shape), -1) - np.array(shape) // 2, axes=range(len(shape)))


def test_in_a_sheared_array_the_size_of_q_is_that_of_the_reciprocal_vectors() -> None:
    geometry, shape = theta_scan(), (8, 11, 12)
    steps = geometry.basis(shape).numpy() * 1e9
    reciprocal = 2 * np.pi * np.linalg.inv(steps).T / np.array(shape)[:, None]
    expected = np.linalg.norm(indices(shape) @ reciprocal, axis=-1)
    np.testing.assert_allclose(magnitude(geometry, shape).numpy(), expected, rtol=1e-10)


@pytest.mark.parametrize("shape", [(8, 10, 13), (9, 12)])
def test_on_a_flat_far_detector_the_size_of_q_is_pixels_times_2_pi_over_wavelength_and_distance(
    shape: tuple[int, ...],
) -> None:
    geometry = Geometry.resolve(FAR).for_data(len(shape))
    pixel = 2 * np.pi / (12.398419843320026 / 8.0 / 10) * 75e-6 / 2.0
    expected = pixel * np.linalg.norm(indices(shape), axis=-1)
    np.testing.assert_allclose(magnitude(geometry, shape).numpy(), expected, rtol=1e-9)


@pytest.mark.parametrize("shape", [(8, 10, 13), (9, 12)])
def test_without_lengths_q_is_in_cycles_per_voxel(shape: tuple[int, ...]) -> None:
    expected = np.linalg.norm(indices(shape) / np.array(shape), axis=-1)
    found = magnitude(Geometry.resolve("far-field").for_data(len(shape)), shape)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize("geometry", [theta_scan(), Geometry.resolve(FAR), Geometry.resolve("far-field")])
def test_every_voxel_is_in_one_shell_between_its_edges(geometry) -> None:
    shape = (10, 8, 12)
    shells, size = Shells.of(geometry, shape), magnitude(geometry, shape)
    assert len(shells.radius) == 4
    assert shells.index.min() >= 0
    apart = (size - shells.radius[shells.index]).abs()
    assert float(apart.max()) <= shells.thickness / 2 * (1 + 1e-9)
    assert int(shells.voxels(torch.ones(shape, dtype=torch.bool)).sum()) == 10 * 8 * 12
    length = 2 * np.pi if geometry.calibrated() else 1
    np.testing.assert_allclose(shells.resolution.numpy() * shells.radius.numpy(), length, rtol=1e-12)


def test_sums_over_shells_are_plain_sums_and_shells_without_a_voxel_are_nan() -> None:
    shape = (9, 8, 10)
    rng = np.random.default_rng(0)
    shells = Shells.of(theta_scan(), shape)
    values, where = rng.random(shape), rng.random(shape) < 0.5
    where[shells.index.numpy() == 2] = False
    expected = [values[where & (shells.index.numpy() == shell)].sum() for shell in range(4)]
    found = shells.total(torch.from_numpy(values), torch.from_numpy(where)).numpy()
    np.testing.assert_allclose(found[[0, 1, 3]], np.array(expected)[[0, 1, 3]], rtol=1e-12)
    assert np.isnan(found[2])
    part = shells.part(torch.from_numpy(where)).numpy()
    np.testing.assert_allclose(part, [where[shells.index.numpy() == shell].mean() for shell in range(4)])


def counted(scale: float, seed: int = 0, sensitive: bool = False, shape: tuple[int, ...] = (14, 16, 12)):
    """Return a problem with a fifth of its voxels held out, and the amplitude that its counts were drawn from."""
    rng = np.random.default_rng(seed)
    mean = scale * rng.exponential(size=shape)
    sensitivity = rng.uniform(0.5, 2, shape) if sensitive else np.ones(shape)
    intensity = rng.poisson(mean * sensitivity) / sensitivity
    held = rng.random(shape) < 0.2
    problem = Problem.measured(
        torch.from_numpy(intensity),
        Geometry.resolve("far-field").for_data(len(shape)),
        torch.from_numpy(rng.random(shape) > 0.1),
        sensitivity=torch.from_numpy(sensitivity) if sensitive else None,
    )
    held = torch.from_numpy(held) & problem.valid
    zero = torch.zeros_like(problem.intensity)
    seen = torch.where(held, zero, problem.intensity)
    hidden = torch.where(held, problem.intensity, zero)
    split = replace(problem, intensity=seen, amplitude=seen.sqrt(), valid=problem.valid & ~held, held_out=held)
    return replace(split, hidden=hidden), torch.from_numpy(np.sqrt(mean))


@pytest.mark.parametrize("shape", [(9, 8, 10), (12, 13)])
def test_a_profile_is_what_plain_sums_give(shape: tuple[int, ...]) -> None:
    problem, amplitude = counted(3.0, sensitive=True, shape=shape)
    shells = Shells.of(problem.geometry, shape)
    profile = ShellProfile.of(problem, amplitude, shells)
    data = (problem.intensity + problem.hidden).numpy()
    valid, held, predicted = problem.valid.numpy(), problem.held_out.numpy(), amplitude.numpy()
    for shell in range(len(shells.radius)):
        inside = shells.index.numpy() == shell
        known = inside & (valid | held)
        assert float(profile.measured[shell]) == pytest.approx(np.sqrt(data[known]).sum())
        assert float(profile.predicted[shell]) == pytest.approx(predicted[known].sum())
        assert float(profile.trusted[shell]) == pytest.approx(valid[inside].mean())
        for where, value in ((valid & inside, profile.fitted), (held & inside, profile.held_out)):
            if data[where].sum() > 0:
                residual = ((predicted[where] - np.sqrt(data[where])) ** 2).sum() / data[where].sum()
                assert float(value[shell]) == pytest.approx(residual)
        one, other = predicted[held & inside], np.sqrt(data[held & inside])
        if len(other) and (other > 0).any():
            guess = ((one[:, None] - other) ** 2).mean(axis=1).sum() / (other**2).sum()
            assert float(profile.guess[shell]) == pytest.approx(guess)


@pytest.mark.parametrize("scale", [0.02, 0.5, 30.0, 1e5])
@pytest.mark.parametrize("sensitive", [False, True])
def test_the_right_prediction_leaves_the_noise_and_all_its_detail_is_found(scale: float, sensitive) -> None:
    profiles = []
    for seed in range(20):
        problem, amplitude = counted(scale, seed, sensitive)
        shells = Shells.of(problem.geometry, problem.detector)
        profiles.append(ShellProfile.of(problem, amplitude, shells))

    def mean(name: str) -> np.ndarray:
        return np.nanmean([getattr(p, name).numpy() for p in profiles], axis=0)

    outer = slice(2, 5)  # the shells with many voxels
    away = [((p.held_out - p.held_out_noise) / p.held_out_spread).numpy() for p in profiles]
    assert np.abs(np.nanmean(away, axis=0)[outer]).max() < 4 / 20**0.5
    assert 0.6 < np.nanstd(away, axis=0)[outer].mean() < 1.4
    np.testing.assert_allclose(mean("counted")[outer], mean("measured")[outer], rtol=0.3 if scale < 0.1 else 0.06)
    fitted = mean("fitted")[outer] / mean("fitted_noise")[outer]
    np.testing.assert_allclose(fitted, 1, atol=0.15)
    assert mean("found")[outer].mean() == pytest.approx(1, abs=0.35 if scale < 0.1 else 0.1)


def test_of_a_prediction_that_has_nothing_to_do_with_the_data_nothing_is_found() -> None:
    found, residual, guess = [], [], []
    for seed in range(20):
        problem, _ = counted(30.0, seed)
        _, invented = counted(30.0, seed + 100)
        profile = ShellProfile.of(problem, invented, Shells.of(problem.geometry, problem.detector))
        found.append(profile.found[2:5].numpy())
        residual.append(profile.held_out[2:5].numpy())
        guess.append(profile.guess[2:5].numpy())
    assert abs(np.mean(found)) < 0.1
    np.testing.assert_allclose(np.mean(residual, axis=0), np.mean(guess, axis=0), rtol=0.05)


def test_a_shell_without_a_trusted_voxel_is_nan_and_spoils_no_other() -> None:
    problem, amplitude = counted(5.0)
    shells = Shells.of(problem.geometry, problem.detector)
    outside = shells.index != 3
    zero = torch.zeros_like(problem.intensity)
    blind = replace(
        problem,
        valid=problem.valid & outside,
        held_out=problem.held_out & outside,
        intensity=torch.where(outside, problem.intensity, zero),
        hidden=torch.where(outside, problem.hidden, zero),
    )
    whole, part = (ShellProfile.of(p, amplitude, shells) for p in (problem, blind))
    for name in ("measured", "predicted", "fitted", "held_out", "held_out_noise", "guess", "found"):
        one, other = getattr(whole, name), getattr(part, name)
        assert bool(other[3].isnan()), name
        torch.testing.assert_close(other[[1, 2, 4]], one[[1, 2, 4]])
    assert float(part.trusted[3]) == 0
