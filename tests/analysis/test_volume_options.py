"""A frame, a voxel or a twin that cannot be is refused, from Python and before a run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

import phasekit
from phasekit import Geometry, InputError
from phasekit.analysis.volume_options import VolumeOptions, untold
from phasekit.recipes.loader import load

from ..known import result_of, theta_scan


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"frame": "moon"}, r"no frame 'moon'; available: laboratory, sample, crystal"),
        ({"voxel_nm": 0.001}, r"voxel_nm must be between 2 and .* nm; got 0\.001"),
        ({"voxel_nm": 5000}, r"voxel_nm must be between"),
    ],
)
def test_frames_and_voxels_that_cannot_be_are_refused(options: dict[str, Any], reason: str) -> None:
    shape = (64, 64, 64)
    geometry = theta_scan()
    result = result_of(np.ones((1, *shape), dtype=complex), np.ones(shape, dtype=bool), geometry)
    with pytest.raises(InputError, match=reason):
        phasekit.volume(result, **options)


@pytest.mark.parametrize("geometry", [{"name": "far-field"}, {"name": "far-field", "energy_kev": 9}])
def test_what_has_no_true_lengths_is_refused(geometry: dict[str, Any]) -> None:
    known = Geometry.resolve(geometry).for_data(3)
    with pytest.raises(InputError, match="has no true lengths here"):
        phasekit.volume(result_of(np.ones((1, 8, 8, 8), dtype=complex), np.ones((8, 8, 8), dtype=bool), known))


@pytest.mark.parametrize(("given", "reason"), [({"voxel_nm": -3}, "voxel_nm"), ({"twin": "both"}, "twin")])
def test_options_that_mean_nothing_are_refused(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=f"recipe.*volume.{reason}"):
        load({"source": "simulation", "solver": "er", "volume": given})
    shape = (8, 8, 8)
    with pytest.raises(ValidationError):
        phasekit.volume(result_of(np.ones((1, *shape)), np.ones(shape, dtype=bool), theta_scan()), **given)


@pytest.mark.parametrize("voxel_nm", [2.1, 20.0, None])
def test_a_voxel_between_a_tenth_of_a_step_and_an_eighth_of_the_array_is_taken(voxel_nm: float | None) -> None:
    geometry, space = theta_scan(), (64, 64, 64)
    lengths = np.linalg.norm(geometry.basis(space).numpy() * 1e9, axis=1)
    assert 0.1 * lengths.min() < 2.1
    assert lengths.min() * 64 / 8 > 20
    VolumeOptions(voxel_nm=voxel_nm).check(geometry, space)


def test_a_volume_needs_three_dimensions_and_true_lengths() -> None:
    true = {"name": "far-field", "energy_kev": 9, "distance_m": 1, "pixel_um": 55}
    assert untold(Geometry.resolve(true)) is None
    assert "these are 2-D" in str(untold(Geometry.resolve(true).for_data(2)))
    assert "has no true lengths here" in str(untold(Geometry.resolve("far-field")))
