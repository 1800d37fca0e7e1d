"""Laws of wrapped differences: ramps, gradients, dislocations and unwrapping, against fields known by formula."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from phasekit.analysis import phase_gradient

RNG = np.random.default_rng(3)
SHAPE = (14, 16, 12)


def places(shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    return np.asarray(np.indices(shape, dtype=float))


def ball(radius: float = 5.2) -> np.ndarray:
    away = [p - n // 2 for p, n in zip(places(), SHAPE, strict=True)]
    return np.asarray(np.sqrt(np.square(away).sum(axis=0)) <= radius)


def vortex(shape: tuple[int, ...] = SHAPE, turns: int = 1) -> np.ndarray:
    """A line along axis 0, between voxels: the phase grows from axis 1 to axis 2."""
    _, y, z = places(shape)
    return np.asarray(np.exp(1j * turns * np.arctan2(z - shape[2] // 2 + 0.5, y - shape[1] // 2 + 0.5)))


def test_the_mean_gradient_of_a_plane_wave_is_its_ramp_however_the_amplitude_varies() -> None:
    slope = np.array([0.7, -1.9, 2.6])
    object = RNG.uniform(0.2, 1, SHAPE) * np.exp(1j * (np.tensordot(slope, places(), 1) + 1.0))
    np.testing.assert_allclose(phase_gradient.mean_gradient(object, ball()), slope, atol=1e-12)
    np.testing.assert_allclose(
        phase_gradient.gradient(object, ball())[:, ball()], slope[:, None] * np.ones(ball().sum())
    )


def test_the_mean_gradient_weighs_by_the_squared_amplitude() -> None:
    object = np.array([3, 3 * np.exp(0.2j), np.exp(0.6j), np.exp(1.4j)])
    weights, steps = np.array([9, 3, 1]), np.array([0.2, 0.4, 0.8])
    found = phase_gradient.mean_gradient(object, np.ones(4, dtype=bool))
    assert found == pytest.approx([(weights * steps).sum() / weights.sum()])


def test_what_lies_outside_the_support_changes_nothing() -> None:
    object = RNG.normal(size=SHAPE) + 1j * RNG.normal(size=SHAPE)
    other = np.where(ball(), object, RNG.normal(size=SHAPE))
    for one, two in zip(
        (phase_gradient.mean_gradient(object, ball()), phase_gradient.gradient(object, ball())),
        (phase_gradient.mean_gradient(other, ball()), phase_gradient.gradient(other, ball())),
        strict=True,
    ):
        np.testing.assert_array_equal(one, two)
    assert np.isnan(phase_gradient.gradient(object, ball())[:, ~ball()]).all()


def test_the_gradient_of_a_parabola_is_exact_inside_and_half_a_step_off_at_the_surface() -> None:
    support = np.zeros(SHAPE, dtype=bool)
    support[:, 3:12, :] = True
    y = places()[1]
    found = phase_gradient.gradient(np.exp(0.05j * y**2), support)[1]
    np.testing.assert_allclose(found[:, 4:11], 0.1 * y[:, 4:11], atol=1e-12)
    np.testing.assert_allclose(found[:, 3], 0.1 * 3.5, atol=1e-12)
    np.testing.assert_allclose(found[:, 11], 0.1 * 10.5, atol=1e-12)


def test_a_phase_of_many_turns_has_the_gradient_of_the_unwrapped_one() -> None:
    phase = 25 * np.sin(places()[0] / 9) + 0.1 * places()[2] ** 2
    inner = ndimage.binary_erosion(ball())
    found = phase_gradient.gradient(np.exp(1j * phase), ball())
    for axis in range(3):
        np.testing.assert_allclose(found[axis][inner], np.gradient(phase, axis=axis)[inner], atol=1e-12)


def test_taking_the_ramp_off_leaves_none_and_the_value_at_the_centre() -> None:
    slope, centre = np.array([0.3, -0.2, 1.1]), np.array([7.0, 8.0, 6.0])
    object = np.exp(1j * np.tensordot(slope, places(), 1))
    level = phase_gradient.without_ramp(object, slope, centre)
    assert level[7, 8, 6] == pytest.approx(object[7, 8, 6])
    np.testing.assert_allclose(phase_gradient.mean_gradient(level, ball()), 0, atol=1e-12)


@pytest.mark.parametrize("turns", [1, -1])
def test_the_phase_turns_once_around_a_dislocation_and_nowhere_else(turns: int) -> None:
    found = phase_gradient.circulations(vortex(turns=turns), np.ones(SHAPE, dtype=bool))
    expected = np.zeros((14, 15, 11))
    expected[:, 7, 5] = turns
    np.testing.assert_array_equal(found[1, 2], expected)
    assert not found[0, 1].any()
    assert not found[0, 2].any()


def test_a_dislocation_is_found_as_one_line_between_the_voxels() -> None:
    (line,) = phase_gradient.dislocations(vortex(), ball())
    inner = ndimage.binary_erosion(ball(), np.ones((3, 3, 3), dtype=bool))
    expected = [(x, 7.5, 5.5) for x in range(SHAPE[0]) if inner[x, 7:9, 5:7].all()]
    np.testing.assert_allclose(line, expected)
    assert len(expected) == 7


def test_a_smooth_phase_and_a_small_loop_of_noise_are_no_dislocations() -> None:
    smooth = np.exp(0.2j * places()[0] ** 2)
    assert phase_gradient.dislocations(smooth, ball()) == []
    smooth[7, 8, 6] *= -1
    assert phase_gradient.dislocations(smooth, ball()) == []


def test_unwrapping_gives_a_smooth_phase_back_but_for_whole_turns() -> None:
    phase = 0.08 * (places()[1] - 8) ** 2 + 6 * np.sin(places()[2] / 4)
    found = phase_gradient.unwrapped(np.exp(1j * phase), ball())
    turns = (found - phase)[ball()] / (2 * np.pi)
    np.testing.assert_allclose(turns, np.rint(turns[0]), atol=1e-9)
    assert np.isnan(found[~ball()]).all()
    assert abs(found[ball()].mean()) <= np.pi


def test_every_piece_of_a_support_is_unwrapped_on_its_own() -> None:
    support = np.zeros(SHAPE, dtype=bool)
    support[1:6, 2:9, 2:9] = True
    support[9, 3:12, 4] = True
    support[12, 12, 9] = True
    phase = 1.3 * places()[1]
    found = phase_gradient.unwrapped(np.exp(1j * phase), support)
    for box in ((slice(1, 6), slice(2, 9), slice(2, 9)), (9, slice(3, 12), 4), (12, 12, 9)):
        away = (found - phase)[box] / (2 * np.pi)
        np.testing.assert_allclose(away, np.rint(away.flat[0]), atol=1e-9)


@pytest.mark.parametrize("slope", [0.3, 2.9, -3.0])
def test_the_ramp_of_a_bent_phase_is_found_up_to_pi_per_voxel(slope: float) -> None:
    index = np.arange(31) - 15.0
    line = np.exp(1j * (slope * index + 0.02 * index**2))
    object = np.tile(line[:, None, None], (1, 3, 3))
    found = phase_gradient.mean_gradient(object, np.ones(object.shape, dtype=bool))
    np.testing.assert_allclose(found, [slope, 0, 0], atol=1e-9)
