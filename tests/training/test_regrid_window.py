"""The window is chosen for the object's size, and what does not fit is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from phasekit import Problem
from phasekit.core.geometry import Geometry
from phasekit.runtime.errors import InputError
from phasekit.training.regrid import Refit

from .plain_waves import data_of, wave_of, within


def _problem(detector: tuple[int, ...], sizes: tuple[int, ...]) -> Problem:
    """Return the data of a box of these sizes."""
    intensity = data_of(within(1e3 * np.ones(sizes, dtype=complex), detector))
    return Problem.measured(intensity, Geometry.resolve("far-field"))


@pytest.mark.parametrize(
    ("detector", "sizes", "extent", "window"),
    [
        ((64, 48), (8, 12), (0.25, 0.25), (32, 48)),
        ((48, 32, 24), (6, 11, 8), (0.25, 0.2, 0.25), (24, 56, 32)),
        ((40, 41), (9, 9), (0.4, 0.1), (24, 90)),  # 22 has a factor above 7
    ],
)
def test_the_window_makes_the_object_as_large_as_the_network_knows_them(
    detector: tuple[int, ...], sizes: tuple[int, ...], extent: tuple[float, ...], window: tuple[int, ...]
) -> None:
    target = (32,) * len(detector)
    assert Refit.choose(_problem(detector, sizes), target, extent) == Refit(detector, window, target)


@pytest.mark.parametrize("target", [(64, 48), (32, 32)])
def test_a_window_that_would_hardly_change_does_not(target: tuple[int, ...]) -> None:
    problem = _problem((64, 48), (14, 14))
    assert Refit.choose(problem, target, (0.25, 0.25)).window == (64, 48)
    assert Refit.choose(problem, target, (0.29, 0.2)).window == (48, 70)


def test_the_window_is_never_below_twice_the_object_nor_below_8_voxels() -> None:
    assert Refit.choose(_problem((64, 48), (10, 2)), (32, 32), (0.9, 0.9)).window == (20, 8)


@given(
    sizes=st.tuples(st.integers(2, 20), st.integers(2, 16)),
    extent=st.tuples(st.floats(0.05, 1), st.floats(0.05, 1)),
)
@settings(deadline=None, max_examples=40)
def test_no_window_cuts_the_autocorrelation(sizes: tuple[int, int], extent: tuple[float, ...]) -> None:
    problem = _problem((42, 33), sizes)
    refit = Refit.choose(problem, (24, 24), extent)
    object = np.ones(sizes)
    # The same photons, for nothing of the autocorrelation is left out, and those of the same object.
    found = Refit(refit.detector, refit.window, refit.window).amplitude(problem.intensity)
    wave = np.fft.ifftshift(np.abs(wave_of(within(object, refit.window))))
    np.testing.assert_allclose((found / 1e3).numpy(), wave, atol=1e-6, rtol=1e-5)


def test_the_field_of_view_stays_where_the_extent_is_unknown() -> None:
    problem = _problem((48, 32), (6, 6))
    assert Refit.choose(problem, (24, 24), None) == Refit((48, 32), (48, 32), (24, 24))
    valid = problem.valid.clone()
    valid[0] = False  # the row with the peak
    blind = Problem.measured(problem.intensity, problem.geometry, valid)
    assert all(math.isnan(ratio) for ratio in blind.oversampling())
    assert Refit.choose(blind, (24, 24), (0.25, 0.25)) == Refit((48, 32), (48, 32), (24, 24))


def test_data_of_other_dimensions_than_the_networks_are_refused() -> None:
    with pytest.raises(InputError, match=r"data are 2-D, shape \(48, 32\).*takes 3-D.*use weights.*on 2-D data"):
        Refit.choose(_problem((48, 32), (6, 6)), (32, 32, 32), None)


@pytest.mark.parametrize("extent", [(0.25,), (0.25, 0.0), (0.25, 1.5), (math.nan, 0.25)])
def test_an_extent_that_is_no_part_of_each_axis_is_refused(extent: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="2 fractions of the array, above 0 and at most 1"):
        Refit.choose(_problem((48, 32), (6, 6)), (24, 24), extent)


def test_arrays_of_another_shape_are_refused() -> None:
    refit = Refit((8, 9), (12, 6), (7, 10))
    for call, array in (
        (refit.amplitude, torch.ones(9, 8)),
        (refit.trusted, torch.ones(7, 10, dtype=torch.bool)),
        (refit.object, torch.ones(8, 9, dtype=torch.complex64)),
        (refit.amplitude, torch.ones(9)),
    ):
        with pytest.raises(InputError, match="has shape"):
            call(array)
