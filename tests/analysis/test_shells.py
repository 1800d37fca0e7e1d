"""Shells follow the geometry, and their sums are plain sums."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from phasekit import Geometry
from phasekit.analysis.shells import Shells, magnitude

from ..known import theta_scan

FAR = {"name": "far-field", "energy_kev": 8.0, "distance_m": 2.0, "pixel_um": 75.0}


def indices(shape: tuple[int, ...]) -> np.ndarray:
    """Return (*shape, ndim): the index from zero frequency, zero frequency first."""
    return np.fft.ifftshift(np.moveaxis(np.indices(shape), 0, -1) - np.array(shape) // 2, axes=range(len(shape)))


def test_in_a_sheared_array_the_size_of_q_is_that_of_the_reciprocal_vectors() -> None:
    geometry, shape = theta_scan(), (8, 11, 12)
    steps = geometry.basis(shape).numpy() * 1e9
    reciprocal = 2 * np.pi * np.linalg.inv(steps).T / np.array(shape)[:, None]
    expected = np.linalg.norm(indices(shape) @ reciprocal, axis=-1)
    np.testing.assert_allclose(magnitude(geometry, shape).numpy(), expected, rtol=1e-10)


@pytest.mark.parametrize("shape", [(8, 10, 13), (9, 12)])
def test_on_a_flat_far_detector_the_size_of_q_is_pixels_times_2_pi_over_wavelength_and_distance(
    shape: tuple[int, ...],
) -> None:
    geometry = Geometry.resolve(FAR).for_data(len(shape))
    pixel = 2 * np.pi / (12.398419843320026 / 8.0 / 10) * 75e-6 / 2.0
    expected = pixel * np.linalg.norm(indices(shape), axis=-1)
    np.testing.assert_allclose(magnitude(geometry, shape).numpy(), expected, rtol=1e-9)


@pytest.mark.parametrize("shape", [(8, 10, 13), (9, 12)])
def test_without_lengths_q_is_in_cycles_per_voxel(shape: tuple[int, ...]) -> None:
    expected = np.linalg.norm(indices(shape) / np.array(shape), axis=-1)
    found = magnitude(Geometry.resolve("far-field").for_data(len(shape)), shape)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize("geometry", [theta_scan(), Geometry.resolve(FAR), Geometry.resolve("far-field")])
def test_every_voxel_is_in_one_shell_between_its_edges(geometry: Geometry) -> None:
    shape = (10, 8, 12)
    shells, size = Shells.of(geometry, shape), magnitude(geometry, shape)
    assert len(shells.radius) == 4
    assert shells.index.min() >= 0
    apart = (size - shells.radius[shells.index]).abs()
    assert float(apart.max()) <= shells.thickness / 2 * (1 + 1e-9)
    assert int(shells.voxels(torch.ones(shape, dtype=torch.bool)).sum()) == 10 * 8 * 12
    length = 2 * np.pi if geometry.calibrated() else 1
    np.testing.assert_allclose(shells.resolution.numpy() * shells.radius.numpy(), length, rtol=1e-12)


def test_sums_over_shells_are_plain_sums_and_shells_without_a_voxel_are_nan() -> None:
    shape = (9, 8, 10)
    rng = np.random.default_rng(0)
    shells = Shells.of(theta_scan(), shape)
    values, where = rng.random(shape), rng.random(shape) < 0.5
    where[shells.index.numpy() == 2] = False
    expected = [values[where & (shells.index.numpy() == shell)].sum() for shell in range(4)]
    found = shells.total(torch.from_numpy(values), torch.from_numpy(where)).numpy()
    np.testing.assert_allclose(found[[0, 1, 3]], np.array(expected)[[0, 1, 3]], rtol=1e-12)
    assert np.isnan(found[2])
    part = shells.part(torch.from_numpy(where)).numpy()
    np.testing.assert_allclose(part, [where[shells.index.numpy() == shell].mean() for shell in range(4)])
