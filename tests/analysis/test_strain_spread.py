"""The strain of an object, and its scatter over objects that are taken one by one, in the array that was phased."""

from __future__ import annotations

import numpy as np
import torch

from phasekit import Geometry
from phasekit.analysis.strain_spread import StrainSpread, lattice_fields

from ..known import along_h, h_ref_of, places, theta_scan

SHAPE = (20, 22, 24)
GEOMETRY = theta_scan()
SUPPORT = torch.zeros(SHAPE, dtype=torch.bool)
SUPPORT[5:15, 6:17, 6:18] = True


def strained(size: float, bend: float = 0.0) -> torch.Tensor:
    """Return a crystal that is dilated by `size` at its centre, and by `bend` more a micrometre along h."""
    s = along_h(GEOMETRY, places(GEOMETRY, SHAPE))
    phase = np.linalg.norm(h_ref_of(GEOMETRY)) * (size * s + bend / 1e3 * s**2 / 2)
    return SUPPORT * torch.from_numpy(np.exp(1j * phase))


def test_the_strain_of_an_object_is_the_one_that_it_was_made_with() -> None:
    fields, h = lattice_fields(strained(2e-4), SUPPORT, GEOMETRY)
    assert set(fields) == {"displacement", "strain"}
    np.testing.assert_allclose(fields["strain"][SUPPORT.numpy()], 2e-4, atol=1e-9)
    assert np.isnan(fields["strain"][~SUPPORT.numpy()]).all()
    np.testing.assert_allclose(h, np.linalg.norm(h_ref_of(GEOMETRY)))


def test_the_spread_over_objects_is_their_standard_deviation_voxel_by_voxel() -> None:
    objects = [strained(size, bend) for size, bend in ((0, 0), (1e-4, 2e-4), (-2e-4, 1e-3), (3e-4, 0))]
    spread = StrainSpread.of(objects[0], SUPPORT, GEOMETRY)
    assert spread is not None
    for count, object in enumerate(objects):
        assert (spread.deviation() is None) == (count < 2)
        spread.add(object)
    found = spread.deviation()
    assert found is not None
    expected = np.std([lattice_fields(object, SUPPORT, GEOMETRY)[0]["strain"] for object in objects], axis=0, ddof=1)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_where_phase_does_not_mean_displacement_or_nothing_is_there_there_is_no_strain() -> None:
    far = Geometry.resolve("far-field")
    assert StrainSpread.of(strained(0), SUPPORT, far) is None
    assert lattice_fields(strained(0), SUPPORT, far) == ({}, 0.0)
    assert lattice_fields(strained(0), torch.zeros_like(SUPPORT), GEOMETRY) == ({}, 0.0)
