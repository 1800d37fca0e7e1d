"""The far-field geometry: the sign of the transform and true voxel sizes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from phasekit import Geometry, InputError
from phasekit.core.grid import laboratory_grid


def far_field(**options: Any) -> Geometry:
    return Geometry.resolve({"name": "far-field", **options})


def test_forward_is_the_sum_with_exp_plus_iqr() -> None:
    rng = np.random.default_rng(0)
    object = rng.normal(size=(4, 5, 6)) + 1j * rng.normal(size=(4, 5, 6))
    index = np.meshgrid(*[np.arange(n) for n in object.shape], indexing="ij")
    expected = np.empty_like(object)
    for k in np.ndindex(object.shape):
        phase = 2 * np.pi * sum(m * i / n for m, i, n in zip(k, index, object.shape, strict=True))
        expected[k] = (object * np.exp(1j * phase)).sum() / np.sqrt(object.size)
    np.testing.assert_allclose(far_field().forward(torch.from_numpy(object)).numpy(), expected, atol=1e-12)


def test_a_voxel_is_wavelength_times_distance_over_array_and_pixel() -> None:
    geometry = far_field(energy_kev=9.0, distance_m=0.5, pixel_um=55)
    wavelength = 12.398419843320026 / 9.0 * 1e-10
    rows = geometry.basis((128, 64, 32))
    expected = [wavelength * 0.5 / (n * 55e-6) for n in (128, 64, 32)]
    np.testing.assert_allclose(rows.norm(dim=1).numpy(), expected, rtol=1e-12)
    assert rows.argmax(dim=1).tolist() == [2, 1, 0]  # array axes z, y, x of the laboratory
    assert geometry.calibrated()


def test_without_energy_distance_and_pixel_lengths_are_relative() -> None:
    geometry = far_field(energy_kev=9.0)
    assert not geometry.calibrated()
    assert geometry.basis((8, 10)).norm(dim=1).tolist() == [1, 1]


def test_a_pixel_size_for_each_axis_has_to_fit_the_data() -> None:
    geometry = far_field(energy_kev=9.0, distance_m=1, pixel_um=[55, 75])
    rows = geometry.basis((10, 10)).norm(dim=1)
    assert float(rows[0] / rows[1]) == pytest.approx(75 / 55)
    with pytest.raises(InputError, match="pixel_um has 2 numbers for 3 axes"):
        geometry.basis((8, 8, 8))
    with pytest.raises(InputError, match="pixel_um has 2 numbers for 3 axes"):
        geometry.for_data(3)  # before a run, not after it
    assert geometry.for_data(2).ndim == 2
    for count in (0, 1, 4):
        with pytest.raises(ValueError, match="pixel_um"):
            far_field(energy_kev=9.0, distance_m=1, pixel_um=[55] * count)


@pytest.mark.parametrize(
    "wrong",
    [{"energy_kev": 5e19}, {"energy_kev": 8e-10}, {"pixel_um": 75e6}, {"distance_m": 5e-4}, {"pixel_um": 75e-6}],
)
def test_lengths_that_no_experiment_has_are_refused_and_what_the_sentence_asks_for_is_right(
    wrong: dict[str, float],
) -> None:
    right = {"energy_kev": 8.0, "distance_m": 1.0, "pixel_um": 75.0}
    (key,) = wrong
    with pytest.raises(InputError, match=rf"give {key} in the recipe's geometry"):
        far_field(**{**right, **wrong}).for_data(2)
    assert far_field(**right).for_data(2).remarks((64, 64)) == ()
    with pytest.raises(InputError, match="the field of view would be"):
        far_field(**{**right, "distance_m": 90.0, "pixel_um": 1.0}).remarks((64, 64))


@pytest.mark.parametrize("space", [(16, 16, 16), (17, 24, 30), (20, 15)])
def test_the_unit_ball_of_the_grid_lies_in_the_half_box(space: tuple[int, ...]) -> None:
    grid = laboratory_grid(far_field(), space)
    assert grid.shape == (*space, len(space))
    inside = (grid.norm(dim=-1) <= 1).nonzero()
    extent = inside.max(dim=0).values - inside.min(dim=0).values + 1
    assert all(int(e) <= n // 2 for e, n in zip(extent, space, strict=True))
    assert any(int(e) >= n // 2 - 1 for e, n in zip(extent, space, strict=True))
    assert not grid[tuple(n // 2 for n in space)].any()
