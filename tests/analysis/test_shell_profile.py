"""A profile over shells is plain sums, and noise is what a Poisson law says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from phasekit import Geometry, Problem
from phasekit.analysis.shell_profile import ShellProfile
from phasekit.analysis.shells import Shells


def counted(
    scale: float, seed: int = 0, sensitive: bool = False, shape: tuple[int, ...] = (14, 16, 12)
) -> tuple[Problem, torch.Tensor]:
    """Return a problem with a fifth of its voxels held out, and the amplitude that its counts were drawn from."""
    rng = np.random.default_rng(seed)
    mean = scale * rng.exponential(size=shape)
    sensitivity = rng.uniform(0.5, 2, shape) if sensitive else np.ones(shape)
    intensity = rng.poisson(mean * sensitivity) / sensitivity
    drawn = rng.random(shape) < 0.2
    problem = Problem.measured(
        torch.from_numpy(intensity),
        Geometry.resolve("far-field").for_data(len(shape)),
        torch.from_numpy(rng.random(shape) > 0.1),
        sensitivity=torch.from_numpy(sensitivity) if sensitive else None,
    )
    held = torch.from_numpy(drawn) & problem.valid
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
def test_the_right_prediction_leaves_the_noise_and_all_its_detail_is_found(scale: float, sensitive: bool) -> None:
    profiles = []
    for seed in range(20):
        problem, amplitude = counted(scale, seed, sensitive)
        shells = Shells.of(problem.geometry, problem.detector)
        profiles.append(ShellProfile.of(problem, amplitude, shells))

    def mean(name: str) -> np.ndarray:
        return np.asarray(np.nanmean([getattr(p, name).numpy() for p in profiles], axis=0))

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
