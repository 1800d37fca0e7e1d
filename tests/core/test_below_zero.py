"""Noise below zero is told from marks of what has no count."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from phasekit import Problem
from phasekit.core import below_zero
from phasekit_plugins.geometries.far_field import FarField
from phasekit_plugins.losses.poisson import half_deviance

SHAPES = [(24, 32, 36), (64, 60)]


def noisy(shape: tuple[int, ...], sigma: float = 5.0, seed: int = 0) -> torch.Tensor:
    """Return a peak of 5000 in Gaussian noise about 0."""
    squares = sum((x - n // 2) ** 2 for x, n in zip(np.indices(shape), shape, strict=True))
    counts = 5000 * np.exp(-squares / 8) + np.random.default_rng(seed).normal(0, sigma, shape)
    return torch.from_numpy(counts).float()


def trust(counts: torch.Tensor) -> torch.Tensor:
    return torch.ones(counts.shape, dtype=torch.bool)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("sigma", [0.3, 5.0, 80.0])
@pytest.mark.parametrize("whole", [False, True])
def test_noise_about_zero_is_trusted_and_its_mean_kept(shape: tuple[int, ...], sigma: float, whole: bool) -> None:
    counts = noisy(shape, sigma)
    counts = counts.round() if whole else counts
    assert torch.equal(below_zero.noise(counts, trust(counts)), counts < 0)
    problem = Problem.measured(torch.fft.ifftshift(counts), FarField())
    assert bool(problem.valid.all())
    torch.testing.assert_close(problem.intensity, torch.fft.ifftshift(counts))
    torch.testing.assert_close(problem.amplitude.square(), problem.intensity.clamp(min=0))
    assert any("are below zero, as noise is after a subtraction" in note for note in problem.notes)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("mark", [-1.0, -2.0, -1000.0, -1e19])
@pytest.mark.parametrize("amid_noise", [False, True])
def test_a_gap_with_a_negative_number_is_a_mark(shape: tuple[int, ...], mark: float, amid_noise: bool) -> None:
    counts = noisy(shape) if amid_noise else torch.poisson(noisy(shape).clamp(min=0.5))
    gap = torch.zeros_like(counts, dtype=torch.bool)
    gap[..., 5:8, :] = True
    counts[gap] = mark
    if amid_noise and counts.ndim == 2 and mark > -100:
        return  # in one frame, a number such as the noise has
    assert torch.equal(below_zero.noise(counts, trust(counts)), (counts < 0) & ~gap)


def test_a_gap_is_a_mark_in_a_scan_with_missing_frames_too() -> None:
    counts, valid = noisy((24, 32, 36)), torch.ones(24, 32, 36, dtype=torch.bool)
    counts[:, :, 4], counts[7] = -2, 0
    valid[7], counts[9] = False, torch.nan
    found = below_zero.noise(counts, valid)
    assert not bool(found[:, :, 4].any())
    assert int(found.sum()) > 1000


@pytest.mark.parametrize("number", [1, 2, 15])
def test_a_few_negative_counts_among_positive_ones_are_marks(number: int) -> None:
    counts = torch.poisson(noisy((24, 32, 36)).clamp(min=0.5))
    counts.flatten()[:: counts.numel() // number][:number] = -1
    assert not bool(below_zero.noise(counts, trust(counts)).any())


def test_a_likelihood_sees_the_mean_of_the_noise() -> None:
    """Its derivative by the prediction is zero on average where the data are right."""
    rng = np.random.default_rng(1)
    truth = np.fft.ifftshift(np.clip(noisy((24, 32, 36), 0).numpy(), 3, None))
    noise = torch.from_numpy(truth + rng.normal(0, 5, truth.shape)).float()
    problem = Problem.measured(noise, FarField())
    at: dict[str, float] = {}
    for name, intensity in (("kept", problem.intensity), ("clamped", problem.intensity.clamp(min=0))):
        scale = torch.ones((), dtype=torch.float64, requires_grad=True)
        amplitude = torch.from_numpy(truth).sqrt()
        dim = torch.from_numpy(truth) < 4
        half_deviance(problem, amplitude * scale, intensity, problem.valid & dim).backward()  # type: ignore[no-untyped-call]
        assert scale.grad is not None
        at[name] = float(scale.grad) / 2 / 3  # relative to the counts: mean of 1 − Im/Ip
    assert abs(at["kept"]) < 0.05
    assert at["clamped"] < -0.2
