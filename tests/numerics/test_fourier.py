"""Transforms have phasekit's sign and keep energy; arrays are cropped, padded and moved about their centre."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from phasekit import fourier

SHAPES = [(6, 5), (4, 7), (4, 3, 5), (2, 6, 4)]


def _noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.complex128, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_wave_is_the_explicit_sum_with_plus_i(shape: tuple[int, ...]) -> None:
    object = _noise(*shape).numpy()
    index = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1).reshape(-1, len(shape))
    phases = 2 * np.pi * (index / np.array(shape)) @ index.T
    expected = (np.exp(1j * phases) @ object.ravel()).reshape(shape) / np.sqrt(object.size)
    np.testing.assert_allclose(fourier.to_wave(torch.from_numpy(object), len(shape)).numpy(), expected, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_transforms_are_unitary_and_each_others_inverse(shape: tuple[int, ...]) -> None:
    object, other, ndim = _noise(3, *shape), _noise(3, *shape, seed=1), len(shape)
    wave = fourier.to_wave(object, ndim)
    torch.testing.assert_close(wave.abs().square().sum(), object.abs().square().sum())
    torch.testing.assert_close(fourier.to_object(wave, ndim), object)
    left = torch.vdot(other.flatten(), wave.flatten())
    torch.testing.assert_close(left, torch.vdot(fourier.to_object(other, ndim).flatten(), object.flatten()))


@pytest.mark.parametrize("n", [4, 5, 8, 9])
def test_zero_frequency_goes_to_n_over_2_and_back(n: int) -> None:
    line = torch.arange(n, dtype=torch.float64)[:, None].expand(n, 3)
    assert int(fourier.centred(line, 2)[:, 1].argmin()) == n // 2
    assert torch.equal(fourier.uncentred(fourier.centred(line, 2), 2), line)


@pytest.mark.parametrize("n", [1, 2, 7, 11, 13, 59, 97, 127, 130, 509])
def test_a_fast_length_is_even_not_smaller_and_smooth(n: int) -> None:
    def smooth(m: int) -> bool:
        for prime in (2, 3, 5, 7):
            while m % prime == 0:
                m //= prime
        return m == 1

    assert fourier.fast_length(n) == next(m for m in range(n, 3 * n + 2) if m % 2 == 0 and smooth(m))


@pytest.mark.parametrize("n", range(1, 14))
def test_the_half_box_is_central(n: int) -> None:
    (part,) = fourier.half_box((n,))
    inside = [i - n // 2 for i in range(n)][part]
    assert len(inside) == max(n // 2, 1)
    assert 0 in inside
    assert abs(inside[0] + inside[-1]) <= 1


@pytest.mark.parametrize("by", [(1, 0), (-3, 2), (7, -9)])
def test_a_whole_shift_is_a_roll_to_the_bit(by: tuple[int, ...]) -> None:
    object = _noise(2, 6, 5)
    assert torch.equal(fourier.shift(object, by, 2), torch.roll(object, by, dims=(-2, -1)))


def test_a_fractional_shift_moves_a_smooth_object() -> None:
    x = np.arange(32)

    def bump(centre: float) -> torch.Tensor:
        return torch.from_numpy(np.exp(-(((x - centre) / 3) ** 2)) + 0j)[:, None] * torch.ones(1, 5)

    torch.testing.assert_close(fourier.shift(bump(14), (1.3, 0.0), 2), bump(15.3), atol=1e-9, rtol=0)


@pytest.mark.parametrize("shape", [(8, 6), (7, 9)])
def test_shifts_add_up(shape: tuple[int, ...]) -> None:
    # Of the Nyquist frequency of even lengths a fraction of a shift is not defined.
    low = np.hypot(*np.meshgrid(*map(np.fft.fftfreq, shape), indexing="ij")) < 0.35
    object = fourier.to_object(fourier.to_wave(_noise(*shape), 2) * torch.from_numpy(low), 2)
    once = fourier.shift(fourier.shift(object, (0.4, 1.7), 2), (0.8, -0.2), 2)
    torch.testing.assert_close(once, fourier.shift(object, (1.2, 1.5), 2))


@pytest.mark.parametrize("shape", [(9, 12), (8, 7, 10)])
@pytest.mark.parametrize("sigma", [0.5, 1.5])
def test_smoothing_is_a_periodic_convolution_with_a_gaussian(shape: tuple[int, ...], sigma: float) -> None:
    array = _noise(2, *shape).real
    spectrum = np.fft.fftn(array.numpy(), axes=range(1, 1 + len(shape)))
    for axis, n in enumerate(shape):
        gauss = np.exp(-2 * (np.pi * sigma * np.fft.fftfreq(n)) ** 2)
        spectrum *= gauss.reshape([-1 if a == axis + 1 else 1 for a in range(1 + len(shape))])
    expected = np.fft.ifftn(spectrum, axes=range(1, 1 + len(shape))).real
    smoothed = fourier.smooth(array, sigma, len(shape))
    np.testing.assert_allclose(smoothed.numpy(), expected, atol=1e-12)
    torch.testing.assert_close(smoothed.sum(), array.sum())
    assert fourier.smooth(array, 0, len(shape)) is array
    box = tuple(slice(n // 3, n // 2 + 1) for n in shape)
    shown = tuple(slice(n // 4, n) for n in shape)
    array = array.reshape(-1, *shape)[0]
    alone = fourier.placed(array[box], [side.start for side in box], shape)
    kernels = [fourier.gaussian(n, sigma) for n in shape]
    found = fourier.smooth_within(array[box], box, kernels, shown)
    torch.testing.assert_close(found, fourier.smooth(alone, sigma, len(shape))[shown])


@given(
    sides=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 5), st.integers(0, 3)), min_size=1, max_size=3),
    batch=st.sampled_from([(), (1,), (2, 3)]),
)
@settings(deadline=None, derandomize=True, max_examples=60)
def test_the_wave_of_a_part_is_that_of_the_array_with_zeros_around_it(
    sides: list[tuple[int, int, int]], batch: tuple[int, ...]
) -> None:
    before, box, after = zip(*sides, strict=True)
    part = _noise(*batch, *box)
    edges = [(0, 0)] * len(batch) + list(zip(before, after, strict=True))
    padded = np.pad(part.numpy(), edges)
    expected = np.fft.ifftn(padded, axes=range(len(batch), padded.ndim), norm="ortho")
    found = fourier.to_wave_within(part, before, padded.shape[len(batch) :])
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-12)


def test_the_gradient_at_a_part_is_the_adjoint_of_the_transform_in_its_box() -> None:
    part, towards = _noise(2, 3, 2, 4).requires_grad_(), _noise(2, 6, 5, 7, seed=1)
    (found,) = torch.autograd.grad(fourier.to_wave_within(part, (1, 3, 2), (6, 5, 7)), part, towards)
    torch.testing.assert_close(found, fourier.to_object(towards, 3)[:, 1:4, 3:5, 2:6])


@given(
    places=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5), st.integers(0, 2)), min_size=1, max_size=5),
    ndim=st.integers(2, 3),
)
@settings(deadline=None, derandomize=True, max_examples=60)
def test_the_bounding_box_reaches_from_the_first_voxel_to_the_last_on_each_axis(
    places: list[tuple[int, int, int]], ndim: int
) -> None:
    support = torch.zeros((5, 6, 3)[:ndim], dtype=torch.bool)
    for place in places:
        support[place[:ndim]] = True
    box = fourier.bounding_box(support)
    found = [(side.start, side.stop) for side in box]
    assert found == [(min(line), max(line) + 1) for line in list(zip(*places, strict=True))[:ndim]]


def test_the_bounding_box_of_nothing_is_the_whole_array() -> None:
    assert fourier.bounding_box(torch.zeros(5, 6, dtype=torch.bool)) == (slice(0, 5), slice(0, 6))


@given(
    shape=st.lists(st.integers(1, 6), min_size=2, max_size=3),
    seed=st.integers(0, 100),
    kind=st.sampled_from([torch.bool, torch.float32, torch.float64]),
)
@settings(deadline=None, derandomize=True, max_examples=60)
def test_the_centre_of_mass_is_scipy_s(shape: list[int], seed: int, kind: torch.dtype) -> None:
    weight = torch.rand(shape, generator=torch.Generator().manual_seed(seed))
    weight = (weight > 0.5) if kind == torch.bool else weight.to(kind)
    weight.view(-1)[seed % weight.numel()] = 1
    expected = ndimage.center_of_mass(weight.double().numpy())
    np.testing.assert_allclose(fourier.centre_of_mass(weight).numpy(), expected, rtol=1e-12, atol=1e-12)


def test_the_centre_of_no_mass_is_the_middle() -> None:
    assert fourier.centre_of_mass(torch.zeros(5, 8)).tolist() == [2, 4]


@given(
    sides=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4), st.integers(0, 3)), min_size=1, max_size=3),
    batch=st.sampled_from([(), (2,)]),
)
@settings(deadline=None, derandomize=True, max_examples=60)
def test_a_part_is_placed_at_its_corner_amid_zeros(sides: list[tuple[int, int, int]], batch: tuple[int, ...]) -> None:
    before, box, after = zip(*sides, strict=True)
    part = _noise(*batch, *box)
    expected = np.pad(part.numpy(), [(0, 0)] * len(batch) + list(zip(before, after, strict=True)))
    np.testing.assert_array_equal(fourier.placed(part, before, expected.shape[len(batch) :]).numpy(), expected)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_line_stands_along_its_axis(axis: int) -> None:
    line = torch.arange(4.0)
    expected = np.expand_dims(line.numpy(), [other for other in range(3) if other != axis])
    np.testing.assert_array_equal(fourier.along(line, axis, 3).numpy(), expected)
