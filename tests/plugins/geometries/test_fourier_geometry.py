"""Geometries on the array's own axes transform alike, whatever the axes mean."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from phasekit import Geometry
from phasekit.core.registry import registry
from phasekit_plugins.geometries.fourier_geometry import FourierGeometry

SPACE = (8, 10, 6)


@pytest.mark.parametrize(
    "geometry", [Geometry.resolve("far-field"), Geometry.resolve("bragg")], ids=["far-field", "bragg"]
)
def test_the_wave_is_the_transform_with_plus_i_and_comes_back(geometry: Geometry) -> None:
    assert isinstance(geometry, FourierGeometry)
    rng = torch.Generator().manual_seed(0)
    part = torch.randn(2, 4, 5, 3, dtype=torch.complex128, generator=rng)
    object = np.zeros((2, *SPACE), dtype=complex)
    object[:, 2:6, 1:6, 3:6] = part.numpy()
    wave = geometry.forward(torch.from_numpy(object))
    expected = np.fft.ifftn(object, axes=(1, 2, 3), norm="ortho")
    np.testing.assert_allclose(wave.numpy(), expected, atol=1e-12)
    np.testing.assert_allclose(geometry.forward_within(part, (2, 1, 3), SPACE).numpy(), expected, atol=1e-12)
    np.testing.assert_allclose(geometry.adjoint(wave).numpy(), object, atol=1e-12)


def test_what_they_share_is_no_geometry_of_its_own() -> None:
    names = [rows[0][1] for (kind, _), rows in registry().entries.items() if kind == "geometry"]
    assert names
    assert FourierGeometry not in names
