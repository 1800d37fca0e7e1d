"""A measurement is cut, binned and told apart from a detector's defects as plain numpy would."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from phasekit import InputError, Measurement, fourier

RNG = np.random.default_rng(4)


def measurement(shape: tuple[int, ...], trusted: float = 0.8) -> Measurement:
    counts = torch.from_numpy(RNG.integers(0, 50, shape).astype(np.float32))
    return Measurement(counts, torch.from_numpy(RNG.random(shape) < trusted))


def with_peak(shape: tuple[int, ...], at: tuple[int, ...], height: float = 1000.0) -> Measurement:
    index = np.meshgrid(*[np.arange(n) for n in shape], indexing="ij")
    distance = sum((i - a) ** 2 for i, a in zip(index, at, strict=True))
    counts = torch.from_numpy((height * np.exp(-distance / 3)).astype(np.float32))
    return Measurement(counts, torch.ones(shape, dtype=torch.bool))


@pytest.mark.parametrize(("shape", "factors"), [((8, 9, 11), (2, 3, 4)), ((10, 7), (1, 2)), ((6, 6, 6), (1, 1, 1))])
def test_binning_sums_counts_and_trusts_a_block_only_if_all_of_it_is(
    shape: tuple[int, ...], factors: tuple[int, ...]
) -> None:
    whole = measurement(shape, 1.0)
    binned = whole.binned(factors)
    some = measurement(shape, 0.8)
    trusted = some.binned(factors).valid
    for index in np.ndindex(*binned.shape):
        block = tuple(slice(i * f, (i + 1) * f) for i, f in zip(index, factors, strict=True))
        assert float(binned.counts[index]) == whole.counts.numpy()[block].sum()
        assert bool(trusted[index]) == some.valid.numpy()[block].all()


def test_binning_keeps_photons_where_the_sensitivity_varies() -> None:
    photons = torch.full((8, 8, 8), 5.0)
    sensitivity = torch.from_numpy(RNG.uniform(0.5, 2, (8, 8, 8)).astype(np.float32))
    measured = Measurement(photons * sensitivity, torch.ones(8, 8, 8, dtype=torch.bool), sensitivity)
    torch.testing.assert_close(measured.binned((2, 2, 4)).photons(), torch.full((4, 4, 2), 80.0))


@settings(deadline=None, derandomize=True, max_examples=60)
@given(n=st.integers(4, 40), factor=st.integers(1, 4))
def test_binning_keeps_the_centre_the_centre(n: int, factor: int) -> None:
    counts = torch.zeros(n, 4)
    counts[n // 2, 2] = 7
    binned = Measurement(counts, torch.ones(n, 4, dtype=torch.bool)).binned((factor, 1))
    assert float(binned.counts[(n // factor) // 2, 2]) == 7


def test_blocks_larger_than_the_data_are_refused() -> None:
    with pytest.raises(InputError, match="do not fit into data of shape"):
        measurement((6, 6)).binned((7, 1))


@settings(deadline=None, derandomize=True, max_examples=60)
@given(data=st.data())
def test_a_window_puts_its_centre_in_the_middle_and_trusts_nothing_from_outside(data: st.DataObject) -> None:
    shape = tuple(data.draw(st.lists(st.integers(4, 9), min_size=2, max_size=3)))
    centre = tuple(data.draw(st.integers(0, n - 1)) for n in shape)
    wanted = tuple(data.draw(st.integers(4, 12)) for _ in shape)
    whole = measurement(shape)
    cut = whole.window(centre, wanted)
    assert cut.shape == wanted
    for index in np.ndindex(*wanted):
        source = tuple(i - m // 2 + c for i, m, c in zip(index, wanted, centre, strict=True))
        inside = all(0 <= s < n for s, n in zip(source, shape, strict=True))
        assert bool(cut.valid[index]) == (inside and bool(whole.valid[source]))
        assert float(cut.counts[index]) == (float(whole.counts[source]) if inside else 0)
    assert float(fourier.uncentred(cut.counts, len(shape)).flatten()[0]) == float(whole.counts[centre])


@pytest.mark.parametrize(("shape", "at"), [((16, 17, 18), (3, 9, 12)), ((20, 15), (12, 6)), ((9, 9, 9), (0, 4, 8))])
def test_the_peak_is_found_despite_a_hot_voxel_and_a_hot_pixel(shape: tuple[int, ...], at: tuple[int, ...]) -> None:
    measured = with_peak(shape, at)
    measured.counts[(5,) * len(shape)] = 1e6
    measured.counts[..., 7, 2] = 1e6
    assert measured.peak() == at


def test_the_peak_is_trusted() -> None:
    measured = with_peak((12, 12), (4, 5))
    measured.valid[4, 5] = False
    assert measured.peak() in {(3, 5), (5, 5), (4, 4), (4, 6)}


def test_without_any_broad_peak_the_brightest_voxel_is_it() -> None:
    counts = torch.zeros(8, 8, 8)
    counts[2, 3, 4] = 9
    assert Measurement(counts, torch.ones(8, 8, 8, dtype=torch.bool)).peak() == (2, 3, 4)


def test_strange_counts_are_noted_and_untrusted() -> None:
    measured = with_peak((8, 8), (4, 4))
    measured.counts[0, 0], measured.counts[0, 1], measured.counts[0, 2] = float("nan"), float("inf"), -2
    measured.counts[1, 1], measured.valid[1, 1] = -3, False
    cleaned = measured.without_strange_counts()
    assert cleaned.notes == (
        "2 trusted counts were not finite (NaN or infinite): left untrusted",
        "1 trusted counts were negative: left untrusted",
    )
    assert bool(torch.isfinite(cleaned.counts).all())
    assert int((~cleaned.valid).sum()) == 4
