"""Data of one shape become those of another as if the object had been measured so, and objects come back."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from phasekit.training.regrid import Refit

from .plain_waves import centred_places, data_of, noise, object_of, wave_of, within

Axes = Sequence[tuple[int, int, int]]

LENGTHS = st.tuples(*[st.integers(4, 13)] * 3)
"""Lengths of detector, window and target along an axis."""

AXES = st.lists(LENGTHS, min_size=2, max_size=3)

ODD_AND_EVEN = [(9, 9), (9, 12), (8, 11), (12, 8), (13, 9), (12, 7), (9, 6), (10, 10)]


def _refit(axes: Axes) -> Refit:
    return Refit(*zip(*axes, strict=True))


def _compact(axes: Axes, seed: int = 0) -> np.ndarray:
    """Return noise in the largest box whose autocorrelation fits into both detector and window."""
    return noise(*((min(n, kept) + 1) // 2 for n, kept, _ in axes), seed=seed)


def _close(found: torch.Tensor, expected: np.ndarray, atol: float = 1e-6) -> None:
    np.testing.assert_allclose(found.numpy(), expected, atol=atol, rtol=1e-5)


def _uncentred(array: np.ndarray) -> np.ndarray:
    return np.fft.ifftshift(array)


@given(axes=AXES)
@example(axes=[(12, 8, 8), (9, 9, 9)])
@example(axes=[(8, 13, 13), (10, 8, 6), (7, 10, 12)])
@settings(deadline=None, max_examples=60)
def test_the_data_are_those_of_the_same_object_in_the_window_up_to_the_targets_frequencies(axes: Axes) -> None:
    refit, object = _refit(axes), _compact(axes)
    found = refit.amplitude(data_of(within(object, refit.detector)))
    expected = within(np.abs(wave_of(within(object, refit.window))), refit.target)
    _close(found, _uncentred(expected))


@given(axes=AXES)
@settings(deadline=None, max_examples=30)
def test_photons_are_kept_where_no_frequency_is_cut(axes: Axes) -> None:
    refit = _refit([(n, kept, max(kept, target)) for n, kept, target in axes])
    data = data_of(within(_compact(axes), refit.detector))
    torch.testing.assert_close(refit.amplitude(data).square().sum(), data.sum())


@given(axes=AXES)
@example(axes=[(12, 8, 8), (9, 9, 9)])
@example(axes=[(8, 13, 14), (10, 8, 13), (7, 10, 12)])
@settings(deadline=None, max_examples=60)
def test_a_compact_object_comes_back_exactly_from_a_network_that_saw_all_its_frequencies(axes: Axes) -> None:
    refit = _refit([(n, kept, max(kept, target)) for n, kept, target in axes])
    object = _compact(axes)
    answer = object_of(within(wave_of(within(object, refit.window)), refit.target))
    _close(refit.object(torch.from_numpy(answer)), within(object, refit.detector), atol=1e-9)


@given(
    axes=st.lists(st.tuples(st.integers(4, 9), st.integers(1, 3), st.integers(4, 13)), min_size=2, max_size=2),
    seed=st.integers(0, 99),
)
@settings(deadline=None, max_examples=60)
def test_what_comes_back_has_on_the_detector_the_wave_that_the_network_found(axes: Axes, seed: int) -> None:
    # A window that divides the detector, so that its frequencies are among those of the data.
    refit = Refit(*zip(*((kept * times, kept, target) for kept, times, target in axes), strict=True))
    answer = noise(*refit.target, seed=seed)
    wave = wave_of(refit.object(torch.from_numpy(answer)).numpy())
    for axis, (kept, times, _) in enumerate(axes):
        wave = wave.take(kept * times // 2 + times * centred_places(kept), axis) * math.sqrt(times)
    np.testing.assert_allclose(wave, within(wave_of(answer), refit.window), atol=1e-9)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    ("detector", "window", "target"),
    [((40, 36), (32, 40), (20, 24)), ((41, 36), (33, 36), (22, 25)), ((36, 41), (36, 32), (40, 31))],
)
def test_a_smooth_object_that_fits_the_networks_data_fits_the_measured_ones(
    dtype: torch.dtype, detector: tuple[int, ...], window: tuple[int, ...], target: tuple[int, ...]
) -> None:
    refit = Refit(detector, window, target)
    x, y = np.meshgrid(centred_places(detector[0]), centred_places(detector[1]), indexing="ij")
    truth = 300 * np.exp(-((x - 1) ** 2 + (y + 0.5) ** 2) / (2 * 2.5**2) + 0.15j * x - 0.02j * y**2)
    data = data_of(truth).to(dtype)
    answer = object_of(within(wave_of(within(truth, window)), target))
    largest = float(data.max()) ** 0.5
    _close(refit.amplitude(data).double(), _uncentred(np.abs(wave_of(answer))), atol=5e-3 * largest)
    back = refit.object(torch.from_numpy(answer).to(torch.complex64 if dtype == torch.float32 else torch.complex128))
    assert back.real.dtype == dtype
    _close(back, truth, atol=1e-3 * np.abs(truth).max())
    _close(data_of(back.numpy().astype(complex)).sqrt(), data.double().sqrt().numpy(), atol=1e-3 * largest)


@given(axes=AXES, seed=st.integers(0, 99))
@example(axes=[(8, 12, 12), (8, 11, 11)], seed=0)
@settings(deadline=None, max_examples=40)
def test_any_intensity_comes_back_from_a_longer_window_even_planes_at_nyquist(axes: Axes, seed: int) -> None:
    there = _refit([(n, max(n, kept), max(n, kept)) for n, kept, _ in axes])
    # Far from zero, so that nothing of it becomes negative on the way.
    intensity = torch.from_numpy(50 + noise(*there.detector, seed=seed).real)
    back = Refit(there.window, there.detector, there.detector)
    _close(back.amplitude(there.amplitude(intensity).square()).square(), intensity.numpy(), atol=1e-9)


@given(axes=AXES, seed=st.integers(0, 99))
@settings(deadline=None, max_examples=40)
def test_an_amplitude_is_real_and_never_negative_of_the_shape_that_was_asked_for(axes: Axes, seed: int) -> None:
    refit = _refit(axes)
    counts = torch.from_numpy(np.random.default_rng(seed).poisson(0.5, refit.detector).astype("float32"))
    found = refit.amplitude(counts)
    assert (found.dtype, tuple(found.shape)) == (torch.float32, refit.target)
    assert bool((found >= 0).all())


@pytest.mark.parametrize(("detector", "window"), [((7, 9), (13, 15)), ((15, 7), (9, 11))])
def test_what_is_negative_after_all_axes_were_resampled_becomes_zero(
    detector: tuple[int, ...], window: tuple[int, ...]
) -> None:
    point = torch.zeros(detector, dtype=torch.float64)
    point[0, 0] = 9
    # A point has a flat autocorrelation, and in another window sums of cosines.
    lines = [
        np.cos(2 * np.pi * np.outer(centred_places(m), centred_places(min(n, m))) / m).sum(axis=1) / m
        for n, m in zip(detector, window, strict=True)
    ]
    expected = 9 * np.outer(*lines)
    assert expected.min() < -0.1
    _close(Refit(detector, window, window).amplitude(point), _uncentred(np.sqrt(expected.clip(min=0))))


@pytest.mark.parametrize("shapes", [((8, 9), (12, 6), (7, 10)), ((6, 5, 8), (8, 8, 4), (4, 9, 6))])
def test_members_of_a_batch_go_their_own_way(shapes: tuple[tuple[int, ...], ...]) -> None:
    refit = Refit(*shapes)
    data = torch.from_numpy(np.abs(noise(2, 3, *refit.detector)))
    answers = torch.from_numpy(noise(2, 3, *refit.target))
    for place in np.ndindex(2, 3):
        torch.testing.assert_close(refit.amplitude(data)[place], refit.amplitude(data[place]))
        torch.testing.assert_close(refit.object(answers)[place], refit.object(answers[place]))


@pytest.mark.parametrize("shape", [(8, 9), (5, 6, 8)])
def test_equal_shapes_leave_data_objects_and_trust_to_the_bit(shape: tuple[int, ...]) -> None:
    refit = Refit(shape, shape, shape)
    data, answer = torch.from_numpy(np.abs(noise(*shape))), torch.from_numpy(noise(*shape))
    assert refit.is_identity()
    assert torch.equal(refit.amplitude(data), data.sqrt())
    assert torch.equal(refit.object(answer), answer)
    assert torch.equal(refit.trusted(data > 1), data > 1)
    assert refit.voxels() == (1.0,) * len(shape)


def test_a_networks_voxel_is_the_window_over_its_length() -> None:
    refit = Refit((10, 12), (12, 12), (6, 16))
    assert refit.voxels() == (2.0, 0.75)
    assert not refit.is_identity()
    assert not Refit((10, 12), (12, 12), (10, 12)).is_identity()


def _trusted_line(detector: int, window: int, target: int, bad: list[int]) -> list[int]:
    """Return the frequencies trusted along an axis, where those in `bad` are untrusted in the data."""
    valid = torch.ones(detector, 4, dtype=torch.bool)
    valid[bad] = False
    found = Refit((detector, 4), (window, 4), (target, 4)).trusted(valid)
    assert bool((found == found[:, :1]).all())
    return sorted(round(f * target) for f in np.fft.fftfreq(target)[found[:, 0].numpy()])


def test_all_is_trusted_where_all_was_but_for_frequencies_that_were_not_measured() -> None:
    for detector, window in ODD_AND_EVEN:
        for target in (6, 7, 12, 15):
            measured = set(centred_places(window).tolist()) & set(centred_places(target).tolist())
            assert _trusted_line(detector, window, target, []) == sorted(measured)


def test_of_twice_the_voxels_those_next_to_an_untrusted_one_are_not_trusted() -> None:
    assert _trusted_line(8, 16, 16, [1]) == [k for k in range(-8, 8) if k not in (1, 2, 3)]
    assert _trusted_line(8, 16, 6, [-2]) == [-2, -1, 0, 1, 2]


def test_of_half_the_voxels_those_that_take_from_an_untrusted_one_are_not_trusted() -> None:
    assert _trusted_line(16, 8, 8, [4]) == [k for k in range(-4, 4) if k != 2]
    assert _trusted_line(16, 8, 8, [3]) == [k for k in range(-4, 4) if k not in (1, 2)]


def test_a_voxel_that_hardly_takes_from_an_untrusted_one_is_trusted() -> None:
    # Of 20 frequencies in place of 21 the second lies at 1.05: a twentieth of it is untrusted.
    assert 1 in _trusted_line(21, 20, 20, [2])
    assert 1 not in _trusted_line(21, 20, 20, [1])


def test_one_untrusted_voxel_among_many_that_become_one_does_not_matter() -> None:
    valid = torch.ones(32, 32, dtype=torch.bool)
    valid[8, 4] = False
    assert bool(Refit((32, 32), (8, 8), (8, 8)).trusted(valid).all())
    valid[8:10, 4:6] = False
    assert (~Refit((32, 32), (8, 8), (8, 8)).trusted(valid)).nonzero().tolist() == [[2, 1]]


@given(axes=AXES, seed=st.integers(0, 99))
@settings(deadline=None, max_examples=40)
def test_trusting_fewer_voxels_makes_no_other_voxel_trusted(axes: Axes, seed: int) -> None:
    refit, rng = _refit(axes), np.random.default_rng(seed)
    some = torch.from_numpy(rng.random(refit.detector) < 0.8)
    fewer = some & torch.from_numpy(rng.random(refit.detector) < 0.8)
    assert not bool((refit.trusted(fewer) & ~refit.trusted(some)).any())
    assert not bool(refit.trusted(torch.zeros_like(some)).any())
