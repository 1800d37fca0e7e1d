from __future__ import annotations

import importlib

import numpy as np
import pytest
import torch

chance = importlib.import_module("phasekit_plugins.generators.chance")
correlated_phase = importlib.import_module("phasekit_plugins.generators.correlated_phase").correlated_phase


def measured_correlation(basis: np.ndarray, lengths: tuple[float, ...], space: tuple[int, ...]) -> np.ndarray:
    """Average the periodic autocorrelation of several draws, 1 at the origin."""
    index = np.stack(np.meshgrid(*[np.arange(n) - n // 2 for n in space], indexing="ij"), axis=-1)
    grid = torch.from_numpy(index @ basis).float()
    power = np.zeros(space)
    for seed in range(12):
        rng = torch.Generator().manual_seed(seed)
        phase = correlated_phase(grid, torch.ones(space, dtype=torch.bool), lengths, 1.0, rng).double().numpy()
        spectrum = np.abs(np.fft.fftn(phase - phase.mean())) ** 2
        power += spectrum / spectrum.sum()
    correlation = np.fft.ifftn(power).real
    return correlation / correlation.flat[0]


@pytest.mark.parametrize(
    ("basis", "lengths", "space"),
    [
        (np.eye(2) * 0.1, (0.3, 0.3), (150, 160)),
        (np.array([[0.1, 0.0], [0.06, 0.08]]), (0.2, 0.5), (201, 160)),
        (np.array([[0.1, 0, 0.04], [0.05, 0.1, 0], [0, -0.03, 0.12]]), (0.15, 0.3, 0.2), (64, 49, 60)),
    ],
)
def test_the_correlation_is_the_gaussian_of_equation_5_on_straight_and_skew_grids(basis, lengths, space):
    correlation = measured_correlation(basis, lengths, space)
    steps = np.stack(np.meshgrid(*[np.arange(-5, 6)] * len(space), indexing="ij"), axis=-1).reshape(-1, len(space))
    expected = np.exp(-(((steps @ basis) / np.array(lengths)) ** 2).sum(axis=1) / 4)
    np.testing.assert_allclose(correlation[tuple(steps.T)], expected, atol=0.06)


def test_the_correlation_falls_to_1_over_e_at_twice_the_length():
    correlation = measured_correlation(np.eye(2) * 0.1, (0.3, 0.3), (200, 200))
    assert correlation[6, 0] == pytest.approx(np.exp(-1), abs=0.05)  # 6 voxels of 0.1 = 2 × 0.3
    assert correlation[0, 6] == pytest.approx(np.exp(-1), abs=0.05)


def test_a_particle_of_one_voxel_has_phase_zero():
    index = np.stack(np.meshgrid(*[np.arange(8) - 4] * 2, indexing="ij"), axis=-1)
    inside = torch.zeros(8, 8, dtype=torch.bool)
    inside[4, 4] = True
    phase = correlated_phase(torch.from_numpy(index).float(), inside, (1.0, 1.0), 5.0, torch.Generator())
    assert not bool(phase.any())


@pytest.mark.parametrize("ndim", [2, 3])
def test_rotations_are_proper_and_uniform(ndim):
    rng = torch.Generator().manual_seed(0)
    turns = torch.stack([chance.rotation(ndim, rng) for _ in range(3000)]).double()
    torch.testing.assert_close(turns @ turns.mT, torch.eye(ndim).double().expand_as(turns), rtol=0, atol=1e-5)
    torch.testing.assert_close(torch.linalg.det(turns), torch.ones(3000).double(), rtol=0, atol=1e-5)
    assert float(turns.mean(dim=0).abs().max()) < 0.05
    torch.testing.assert_close(
        turns.square().mean(dim=0), torch.full((ndim, ndim), 1 / ndim).double(), rtol=0, atol=0.03
    )
    trace_square = turns.diagonal(dim1=1, dim2=2).sum(dim=1).square().mean()
    assert float(trace_square) == pytest.approx({2: 2, 3: 1}[ndim], abs=0.1)  # uniform by group theory


def test_spread_directions_are_unit_vectors_and_keep_apart():
    rng = torch.Generator().manual_seed(0)
    for _ in range(20):
        normals = chance.spread_directions(12, 3, rng)
        torch.testing.assert_close(normals.norm(dim=1), torch.ones(12))
        cosines = normals @ normals.T - 2 * torch.eye(12)
        assert float(cosines.max()) < np.cos(np.radians(20))
