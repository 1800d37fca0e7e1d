from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import kstest

from phasekit_plugins.generators.chance import directions, rotation, spread_directions, uniform


@pytest.mark.parametrize("ends", [(-1.0, 3.0), (3.0, -1.0)])
def test_numbers_are_uniform_between_their_ends_in_either_order(ends: tuple[float, float]) -> None:
    rng = torch.Generator().manual_seed(0)
    numbers = np.array([uniform(ends, rng) for _ in range(2000)])
    assert kstest((numbers + 1) / 4, "uniform").pvalue > 0.01


def test_equal_ends_give_that_number() -> None:
    assert uniform((0.3, 0.3), torch.Generator()) == 0.3


@pytest.mark.parametrize("ndim", [2, 3])
def test_directions_are_unit_vectors_without_a_preference(ndim: int) -> None:
    drawn = directions(20_000, ndim, torch.Generator().manual_seed(0)).double()
    torch.testing.assert_close(drawn.norm(dim=1), torch.ones(20_000).double(), rtol=0, atol=1e-6)
    assert float(drawn.mean(dim=0).abs().max()) < 0.02
    torch.testing.assert_close(drawn.T @ drawn / 20_000, torch.eye(ndim).double() / ndim, rtol=0, atol=0.01)


@pytest.mark.parametrize("ndim", [2, 3])
def test_rotations_are_proper_and_uniform(ndim: int) -> None:
    rng = torch.Generator().manual_seed(0)
    turns = torch.stack([rotation(ndim, rng) for _ in range(3000)]).double()
    torch.testing.assert_close(turns @ turns.mT, torch.eye(ndim).double().expand_as(turns), rtol=0, atol=1e-5)
    torch.testing.assert_close(torch.linalg.det(turns), torch.ones(3000).double(), rtol=0, atol=1e-5)
    assert float(turns.mean(dim=0).abs().max()) < 0.05
    torch.testing.assert_close(
        turns.square().mean(dim=0), torch.full((ndim, ndim), 1 / ndim).double(), rtol=0, atol=0.03
    )
    trace_square = turns.diagonal(dim1=1, dim2=2).sum(dim=1).square().mean()
    assert float(trace_square) == pytest.approx({2: 2, 3: 1}[ndim], abs=0.1)  # uniform by group theory


def test_spread_directions_are_unit_vectors_and_keep_apart() -> None:
    rng = torch.Generator().manual_seed(0)
    for _ in range(20):
        normals = spread_directions(12, 3, rng)
        torch.testing.assert_close(normals.norm(dim=1), torch.ones(12))
        cosines = normals @ normals.T - 2 * torch.eye(12)
        assert float(cosines.max()) < np.cos(np.radians(20))
