"""What is kept of a start are the planes through one voxel of its object, blind to its scale and global phase."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from phasekit.comparing.middle_slices import Cut, centre_of

CENTRE = (2, 3, 4)


def thing(shape: tuple[int, ...], seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Return an object whose phase is well within ±π, and its support."""
    rng = np.random.default_rng(seed)
    object = rng.uniform(0.5, 1, shape) * np.exp(1j * rng.uniform(-1, 1, shape))
    return torch.from_numpy(object), torch.from_numpy(rng.random(shape) < 0.7)


def test_each_plane_holds_modulus_and_phase_of_its_voxels() -> None:
    object, support = thing((6, 7, 8))
    cut = Cut.of(object, support, CENTRE)
    assert len(cut.amplitude) == len(cut.phase) == 3
    level = np.angle(object.numpy()[support.numpy()].sum())
    for axis, place in enumerate(CENTRE):
        plane, inside = np.take(object.numpy(), place, axis), np.take(support.numpy(), place, axis)
        np.testing.assert_allclose(cut.amplitude[axis], abs(plane) / abs(object.numpy()).max() * 255, atol=0.51)
        phase = 128 + 127 / np.pi * np.angle(plane * np.exp(-1j * level))
        np.testing.assert_allclose(cut.phase[axis].numpy()[inside], phase[inside], atol=0.51)
        assert not cut.phase[axis].numpy()[~inside].any()


def test_an_image_is_its_own_only_plane() -> None:
    object, support = thing((6, 7))
    cut = Cut.of(object, support, (1, 1))
    assert [tuple(plane.shape) for plane in (*cut.amplitude, *cut.phase)] == [(6, 7), (6, 7)]


@settings(max_examples=20, deadline=None)
@given(st.floats(0.01, 100), st.floats(-3, 3), st.integers(0, 99))
def test_scale_and_global_phase_do_not_show(scale: float, angle: float, seed: int) -> None:
    object, support = thing((4, 5, 6), seed)
    cuts = [Cut.of(x, support, CENTRE) for x in (object, object * scale * np.exp(1j * angle))]
    for one, other in zip((*cuts[0].amplitude, *cuts[0].phase), (*cuts[1].amplitude, *cuts[1].phase), strict=True):
        assert int((one.int() - other.int()).abs().max()) <= 1  # rounding


def test_nothing_has_planes_of_nothing() -> None:
    cut = Cut.of(torch.zeros((3, 4, 5), dtype=torch.complex64), torch.zeros((3, 4, 5), dtype=torch.bool), (1, 2, 2))
    assert not any(bool(plane.any()) for plane in (*cut.amplitude, *cut.phase))


@pytest.mark.parametrize("shape", [(9, 12), (5, 8, 7)])
def test_the_middle_is_the_voxel_nearest_to_the_centre_of_mass(shape: tuple[int, ...]) -> None:
    object, _ = thing(shape)
    object[0] *= 20
    places = np.indices(shape).reshape(len(shape), -1)
    mean = np.average(places, axis=1, weights=abs(object.numpy()).ravel())
    assert centre_of(object) == tuple(round(float(x)) for x in mean)
    assert centre_of(torch.zeros(shape)) == tuple(n // 2 for n in shape)
