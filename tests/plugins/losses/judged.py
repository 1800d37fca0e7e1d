"""Problems to judge, objects near their truth, and what a formula reads of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from phasekit import Geometry, Loss, Problem
from phasekit.testing.problems import truth_of

SHAPES = [(8, 9, 10), (16, 11)]


class Arrays(NamedTuple):
    """One predicted object and the data, (*detector) each."""

    predicted: NDArray[np.float64]
    """Amplitudes, as `measured`."""
    measured: NDArray[np.float64]
    valid: NDArray[np.bool_]
    held_out: NDArray[np.bool_]
    hidden: NDArray[np.float64]
    sensitivity: NDArray[np.float64]


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
    """Return (count, *space): the truth with noise."""
    rng = torch.Generator().manual_seed(seed)
    noise = torch.randn((count, *problem.space), generator=rng, dtype=torch.complex64)
    truth = truth_of(problem)
    return truth + amount * truth.abs().max() * noise


def judged(loss: object, problem: Problem, object: torch.Tensor) -> torch.Tensor:
    """Return what a loss, or its name and options, says of objects."""
    return Loss.resolve(loss)(problem, object, problem.predict(object))


def arrays(problem: Problem, objects: torch.Tensor) -> list[Arrays]:
    """Return what numpy needs to judge each of the objects (count, *space)."""
    assert problem.sensitivity is not None
    measured, hidden, sensitivity = (
        np.asarray(of.numpy(), np.float64) for of in (problem.intensity.sqrt(), problem.hidden, problem.sensitivity)
    )
    valid, held_out = problem.valid.numpy(), problem.held_out.numpy()
    return [
        Arrays(np.abs(np.fft.ifftn(one, norm="ortho")), measured, valid, held_out, hidden, sensitivity)
        for one in objects.numpy().astype(complex)
    ]


def mean_half_deviance(predicted: NDArray[np.float64], measured: NDArray[np.float64]) -> float:
    """Return the mean of p − m + m ln(m/p) over counts."""
    with np.errstate(divide="ignore", invalid="ignore"):
        surprise = np.where(measured > 0, measured * np.log(measured / predicted), 0)
    return float(np.mean(predicted - measured + surprise))
