"""Moments taken one by one are those of all arrays at once, however large the mean is beside the scatter."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from phasekit.numerics.moments import Moments


def of(values: np.ndarray) -> Moments:
    """Take (n, *shape) one by one."""
    moments = Moments(values.shape[1:])
    for one in values:
        moments.add(torch.from_numpy(one))
    return moments


@settings(deadline=None)
@given(st.integers(0, 100), st.integers(2, 9), st.sampled_from([np.float32, np.float64]), st.floats(-1e3, 1e3))
def test_mean_and_deviation_are_numpy_s(seed: int, count: int, dtype: type[np.floating], about: float) -> None:
    values = np.random.default_rng(seed).normal(size=(count, 3, 2)).astype(dtype)
    moments, exact = of(values), values.astype(np.float64)
    assert moments.count == count
    np.testing.assert_allclose(moments.mean.numpy(), exact.mean(axis=0), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(moments.deviation().numpy(), exact.std(axis=0, ddof=1), rtol=1e-12)
    np.testing.assert_allclose(moments.root_mean_square().numpy(), exact.std(axis=0), rtol=1e-12)
    expected = np.sqrt(((exact - about) ** 2).mean(axis=0))
    np.testing.assert_allclose(moments.root_mean_square(about).numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize("mean", [1e4, 1e8, -1e12])
def test_a_mean_far_above_the_scatter_costs_no_digits(mean: float) -> None:
    scatter = np.array([-1.0, 0.0, 2.0, 3.0])
    found = of((mean + scatter)[:, None]).deviation()
    np.testing.assert_allclose(found.numpy(), np.std(scatter, ddof=1), rtol=1e-4 if abs(mean) > 1e10 else 1e-7)


def test_equal_arrays_deviate_by_exactly_nothing() -> None:
    found = of(np.full((5, 2), 0.1)).deviation()
    assert not found.any()


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_arrays_do_not_deviate(count: int) -> None:
    moments = of(np.full((count, 2, 3), 7.0))
    assert moments.count == count
    assert torch.equal(moments.deviation(), torch.zeros(2, 3, dtype=torch.float64))


def test_what_is_not_a_number_stays_so_and_spoils_no_neighbour() -> None:
    found = of(np.array([[np.nan, 1.0], [np.nan, 3.0]])).deviation()
    assert found.isnan().tolist() == [True, False]
