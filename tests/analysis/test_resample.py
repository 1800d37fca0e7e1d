"""Laws of resampling, over random Bragg set-ups: what is linear is exact, and nothing is lost or torn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from phasekit import Geometry
from phasekit.analysis.resample import Grid, interpolate, resample_fields, resample_object

from ..plugins.geometries.setups import bragg_setups

SHAPE = (32, 36, 30)
CENTRE = np.array([16.0, 18.0, 15.0])


def ball(steps: np.ndarray, part: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Return places (*SHAPE, 3) in nm and the largest ball that fits in the half-box, about `CENTRE`."""
    where = (np.moveaxis(np.indices(SHAPE), 0, -1) - CENTRE) @ steps.T
    reach = (np.array(SHAPE) / 4 / np.linalg.norm(np.linalg.inv(steps), axis=1)).min()
    return where, np.linalg.norm(where, axis=-1) <= part * reach


def steps_of(geometry: Geometry) -> np.ndarray:
    return geometry.basis(SHAPE).numpy().T * 1e9


def grid_of(steps: np.ndarray, support: np.ndarray, fineness: float = 1.0) -> Grid:
    return Grid.around(support, steps, CENTRE, fineness * float(np.linalg.norm(steps, axis=0).min()))


def coordinates(grid: Grid) -> np.ndarray:
    """Return (nz, ny, nx, 3): (x, y, z) of every voxel, nm."""
    z, y, x = np.meshgrid(*[np.arange(n) for n in grid.shape], indexing="ij")
    return np.stack([x, y, z], axis=-1) * grid.spacing + grid.origin


@settings(max_examples=25, deadline=None)
@given(bragg_setups(), st.floats(0.4, 1.5))
def test_a_field_that_is_linear_in_space_is_exact(geometry: Geometry, fineness: float) -> None:
    steps = steps_of(geometry)
    where, support = ball(steps)
    grid = grid_of(steps, support, fineness)
    slope = np.array([0.3, -0.7, 0.5]) / np.abs(where).max()
    found = interpolate(torch.from_numpy(where @ slope + 2)[None], grid)[0].numpy()
    inside = interpolate(torch.ones(1, *SHAPE), grid)[0].numpy() > 1 - 2e-5
    np.testing.assert_allclose(found[inside], (coordinates(grid) @ slope + 2)[inside], atol=2e-4)


@settings(max_examples=25, deadline=None)
@given(bragg_setups(), st.floats(0.4, 1.5))
def test_the_grid_covers_the_support_with_its_margin(geometry: Geometry, fineness: float) -> None:
    steps = steps_of(geometry)
    where, support = ball(steps)
    grid = grid_of(steps, support, fineness)
    told = resample_object(torch.from_numpy(support * (1 + 0j)), torch.from_numpy(support), grid)["support"].numpy()
    faces = np.ones(grid.shape, dtype=bool)
    faces[2:-2, 2:-2, 2:-2] = False
    assert told.any()
    assert not told[faces].any()
    high = grid.origin + grid.spacing * (np.array(grid.shape[::-1]) - 1)
    assert (where[support].min(axis=0) > grid.origin).all()
    assert (where[support].max(axis=0) < high).all()
    np.testing.assert_allclose(grid.origin / grid.spacing, np.rint(grid.origin / grid.spacing))


@settings(max_examples=25, deadline=None)
@given(bragg_setups(), st.floats(0.5, 1.0))
def test_volume_is_kept_within_2_and_squared_amplitude_within_3_percent(geometry: Geometry, fineness: float) -> None:
    steps = steps_of(geometry)
    where, support = ball(steps)
    grid = grid_of(steps, support, fineness)
    amplitude = support * (1 + 0.3 * np.cos(where[..., 0] / np.abs(where).max() * 3))
    told = resample_object(torch.from_numpy(amplitude * np.exp(1j)), torch.from_numpy(support), grid)
    voxel, cell = abs(np.linalg.det(steps)), grid.spacing**3
    assert float(told["support"].sum()) * cell == pytest.approx(support.sum() * voxel, rel=0.02)
    kept = float(told["amplitude"].nan_to_num().double().square().sum()) * cell
    assert kept == pytest.approx((amplitude**2).sum() * voxel, rel=0.03)


@settings(max_examples=25, deadline=None)
@given(bragg_setups())
def test_a_phase_that_jumps_by_a_turn_is_not_torn(geometry: Geometry) -> None:
    steps = steps_of(geometry)
    where, support = ball(steps)
    grid = grid_of(steps, support)
    # Beyond π on one side: the array holds it wrapped.
    phase = np.pi + np.sin(where[..., 1] / np.abs(where[..., 1][support]).max())
    object = support * np.exp(1j * phase)
    told = resample_object(torch.from_numpy(object), torch.from_numpy(support), grid)
    inside = told["support"].numpy()
    expected = np.pi + np.sin(coordinates(grid)[..., 1] / np.abs(where[..., 1][support]).max())
    away = np.angle(np.exp(1j * (told["phase"].numpy() - expected)))[inside]
    # At the surface the voxels inside speak for half a voxel outside.
    assert np.abs(away).max() < 0.7
    deep = (interpolate(torch.from_numpy(support)[None].double(), grid)[0].numpy() > 0.999)[inside]
    assert np.abs(away[deep]).max() < 0.1
    np.testing.assert_allclose(told["amplitude"].numpy()[inside], 1, atol=1e-5)


def test_what_is_not_known_does_not_bleed_into_what_is() -> None:
    steps = np.array([[9.0, 3, 0], [0, 8, 2], [1, 0, 10]])
    _, support = ball(steps)
    grid = grid_of(steps, support)
    covered = resample_object(torch.from_numpy(support * (1 + 0j)), torch.from_numpy(support), grid)["support"]
    strain = torch.where(torch.from_numpy(support), 1e-3, torch.nan)
    told = resample_fields({"strain": strain}, covered, grid)["strain"]
    torch.testing.assert_close(told[covered], torch.full_like(told[covered], 1e-3))
    assert told[~covered].isnan().all()


def test_an_orthogonal_array_on_its_own_voxels_is_left_as_it_is() -> None:
    rng = np.random.default_rng(0)
    support = np.zeros(SHAPE, dtype=bool)
    support[10:19, 12:22, 9:18] = True
    object = support * (rng.normal(size=SHAPE) + 1j * rng.normal(size=SHAPE))
    steps = 5.0 * np.eye(3)[::-1].T  # array axes z, y, x
    grid = Grid.around(support, steps, CENTRE, 5.0)
    told = resample_object(torch.from_numpy(object), torch.from_numpy(support), grid)
    inside = told["support"].numpy()
    np.testing.assert_allclose(told["amplitude"].numpy()[inside], np.abs(object[support]), atol=1e-4)
    np.testing.assert_allclose(told["phase"].numpy()[inside], np.angle(object[support]), atol=5e-3)
