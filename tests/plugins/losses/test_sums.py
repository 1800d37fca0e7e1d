from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from phasekit_plugins.losses.sums import per, root, spread, total


def test_a_total_of_single_precision_is_exact_where_float32_would_drop_the_small() -> None:
    values = torch.full((3, 64, 65), 1 / 4)
    values[:, 0, 0] = 2.0**26
    assert total(values, 2).tolist() == [2**26 + (64 * 65 - 1) / 4] * 3
    assert total(values[0], 2).shape == ()


def test_a_root_has_its_slope_and_at_zero_none() -> None:
    values = torch.tensor([0, 1e-30, 1, 9], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(root(values).sum(), values)
    np.testing.assert_allclose(root(values).detach(), [0, 1e-15, 1, 3], rtol=1e-12)
    np.testing.assert_allclose(slope, [0, 0.5e15, 1 / 2, 1 / 6], rtol=1e-12)


def test_a_ratio_to_nothing_is_the_value_itself() -> None:
    values, reference = torch.tensor([6.0, 6.0, 0.0]), torch.tensor([3.0, 0.0, 0.0])
    assert per(values, reference).tolist() == [2, 6, 0]


@pytest.mark.parametrize("ndim", [2, 3])
def test_numbers_of_members_stand_beside_their_arrays(ndim: int) -> None:
    numbers, arrays = torch.arange(5.0), torch.ones(5, *range(2, 2 + ndim))
    weighted = total(spread(numbers, ndim) * arrays, ndim)
    assert weighted.tolist() == [n * math.prod(range(2, 2 + ndim)) for n in range(5)]
