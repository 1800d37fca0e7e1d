"""The grid says where voxels lie in the laboratory; its unit ball is the largest in half of the array."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from phasekit import Geometry, InputError
from phasekit.core.grid import laboratory_grid

from ..known import places, theta_scan


@pytest.mark.parametrize("shape", [(64, 128, 128), (32, 40, 48)])
def test_places_are_those_of_the_basis_in_units_of_the_radius(shape: tuple[int, ...]) -> None:
    geometry = theta_scan()
    grid = laboratory_grid(geometry, shape, radius_m=20e-9).numpy()
    np.testing.assert_allclose(grid * 20, places(geometry, shape), atol=1e-3)


@pytest.mark.parametrize("shape", [(16, 20, 24), (17, 21, 13)])
def test_the_unit_ball_touches_the_faces_of_the_half_box_and_does_not_cross_them(shape: tuple[int, ...]) -> None:
    geometry = theta_scan()
    reach = [(n // 2 - 1) // 2 + 0.5 for n in shape]
    directions = np.random.default_rng(0).normal(size=(20_000, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    # Points of the unit sphere, in voxels along the array's axes, which are not orthogonal.
    step = laboratory_grid(geometry, shape)[1, 0, 0] - laboratory_grid(geometry, shape)[0, 0, 0]
    radius = float(geometry.basis(shape)[0].norm() / step.double().norm())
    voxels = directions * radius @ np.linalg.inv(geometry.basis(shape).numpy())
    farthest = np.abs(voxels).max(axis=0) / reach
    assert farthest.max() == pytest.approx(1, abs=0.01)
    assert farthest.max() <= 1 + 1e-6


def test_in_two_dimensions_distances_are_those_of_the_laboratory() -> None:
    geometry = Geometry.resolve(
        {"name": "far-field", "energy_kev": 9.0, "distance_m": 1.0, "pixel_um": [50.0, 80.0]}
    ).for_data(2)
    grid = laboratory_grid(geometry, (12, 10), radius_m=1e-8).double()
    basis = geometry.basis((12, 10))
    for axis, apart in enumerate((grid[1, 0] - grid[0, 0], grid[0, 1] - grid[0, 0])):
        assert float(apart.norm()) * 1e-8 == pytest.approx(float(basis[axis].norm()), rel=1e-5)
    assert not torch.any(grid[6, 5])


def test_a_ball_that_does_not_fit_is_refused_with_the_largest_that_does() -> None:
    with pytest.raises(InputError, match=r"radius 1e\+06 nm does not fit into half of the array, which has room for"):
        laboratory_grid(theta_scan(), (16, 16, 16), radius_m=1e-3)
