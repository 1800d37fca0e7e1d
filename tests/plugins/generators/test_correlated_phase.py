from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from phasekit_plugins.generators.correlated_phase import correlated_phase, voxel_steps


def measured_correlation(
    basis: NDArray[np.float64], lengths: tuple[float, ...], space: tuple[int, ...]
) -> NDArray[np.float64]:
    """Average the periodic autocorrelation of several draws, 1 at the origin."""
    index = np.stack(np.meshgrid(*[np.arange(n) - n // 2 for n in space], indexing="ij"), axis=-1)
    grid = torch.from_numpy(index @ basis).float()
    power = np.zeros(space)
    for seed in range(12):
        rng = torch.Generator().manual_seed(seed)
        phase = correlated_phase(grid, torch.ones(space, dtype=torch.bool), lengths, 1.0, rng).double().numpy()
        spectrum = np.abs(np.fft.fftn(phase - phase.mean())) ** 2
        power += spectrum / spectrum.sum()
    correlation: NDArray[np.float64] = np.fft.ifftn(power).real
    return correlation / correlation.flat[0]


@pytest.mark.parametrize(
    ("basis", "lengths", "space"),
    [
        (np.eye(2) * 0.1, (0.3, 0.3), (150, 160)),
        (np.array([[0.1, 0.0], [0.06, 0.08]]), (0.2, 0.5), (201, 160)),
        (np.array([[0.1, 0, 0.04], [0.05, 0.1, 0], [0, -0.03, 0.12]]), (0.15, 0.3, 0.2), (64, 49, 60)),
    ],
)
def test_the_correlation_is_the_gaussian_of_equation_5_on_straight_and_skew_grids(
    basis: NDArray[np.float64], lengths: tuple[float, ...], space: tuple[int, ...]
) -> None:
    correlation = measured_correlation(basis, lengths, space)
    steps = np.stack(np.meshgrid(*[np.arange(-5, 6)] * len(space), indexing="ij"), axis=-1).reshape(-1, len(space))
    expected = np.exp(-(((steps @ basis) / np.array(lengths)) ** 2).sum(axis=1) / 4)
    np.testing.assert_allclose(correlation[tuple(steps.T)], expected, atol=0.06)


def test_the_correlation_falls_to_1_over_e_at_twice_the_length() -> None:
    correlation = measured_correlation(np.eye(2) * 0.1, (0.3, 0.3), (200, 200))
    assert correlation[6, 0] == pytest.approx(np.exp(-1), abs=0.05)  # 6 voxels of 0.1 = 2 × 0.3
    assert correlation[0, 6] == pytest.approx(np.exp(-1), abs=0.05)


def test_a_particle_of_one_voxel_has_phase_zero() -> None:
    index = np.stack(np.meshgrid(*[np.arange(8) - 4] * 2, indexing="ij"), axis=-1)
    inside = torch.zeros(8, 8, dtype=torch.bool)
    inside[4, 4] = True
    phase = correlated_phase(torch.from_numpy(index).float(), inside, (1.0, 1.0), 5.0, torch.Generator())
    assert not bool(phase.any())


def test_the_steps_of_a_voxel_are_those_that_the_grid_was_laid_with() -> None:
    basis = np.array([[0.1, 0, 0.04], [0.05, 0.1, 0], [0, -0.03, 0.12]])
    index = np.stack(np.meshgrid(*[np.arange(n) - n // 2 for n in (6, 5, 8)], indexing="ij"), axis=-1)
    np.testing.assert_allclose(voxel_steps(torch.from_numpy(index @ basis)), basis, atol=1e-12)
