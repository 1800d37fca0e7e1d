"""Defects of a detector are those that the rules find when they are written out pixel by pixel."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch

from phasekit.core import defects

SHAPE = (12, 9, 10)


def counts_and_trust(seed: int, trusted: float = 0.9) -> tuple[torch.Tensor, torch.Tensor]:
    """Return counts and trust: around 20, some pixels and some voxels brighter, one pixel that goes with the beam."""
    rng = np.random.default_rng(seed)
    mean = np.full(SHAPE, 20.0)
    for factor in (3, 8, 30):
        mean[:, rng.integers(SHAPE[1]), rng.integers(SHAPE[2])] *= factor
    counts = rng.poisson(mean).astype(np.float32)
    counts[:, 4, 5] = np.geomspace(200, 20_000, SHAPE[0])  # goes with the beam: a part of the pattern
    for _ in range(4):
        counts[tuple(rng.integers(SHAPE))] = rng.choice([150, 400, 2000])
    return torch.from_numpy(counts), torch.from_numpy(rng.random(SHAPE) < trusted)


@pytest.mark.parametrize("seed", range(4))
def test_hot_pixels_exceed_the_median_of_those_around_them_in_every_quarter_of_their_frames(seed: int) -> None:
    tensor, valid = counts_and_trust(seed)
    counts, trusted = tensor.numpy(), valid.numpy()
    hot = np.ones(SHAPE[1:], dtype=bool)
    least = np.full(SHAPE[1:], np.inf)
    for part in (0.25, 0.5, 0.75):
        level = np.full(SHAPE[1:], np.nan)
        for place in np.ndindex(*SHAPE[1:]):
            own = counts[(slice(None), *place)][trusted[(slice(None), *place)]]
            if len(own) >= defects.FRAMES:
                level[place] = np.quantile(own, part, method="midpoint")
        for row, column in np.ndindex(*SHAPE[1:]):
            beside = [
                level[row + down, column + right]
                for down, right in product((-1, 0, 1), repeat=2)
                if (down, right) != (0, 0) and 0 <= row + down < SHAPE[1] and 0 <= column + right < SHAPE[2]
            ]
            known = [value for value in beside if not np.isnan(value)]
            around = np.quantile(known, 0.5, method="midpoint") if known else np.nan
            excess = level[row, column] - around
            above = level[row, column] > 5 * around and excess > 5 * np.sqrt(around + 1)
            hot[row, column] &= bool(above and excess <= 5 * least[row, column])
            least[row, column] = min(least[row, column], excess) if not np.isnan(excess) else np.nan
    assert hot.any()
    np.testing.assert_array_equal(defects.hot_pixels(tensor, valid).numpy(), hot)


@pytest.mark.parametrize("seed", range(4))
def test_spikes_are_ten_times_as_bright_as_each_neighbour_and_all_of_these_are_trusted(seed: int) -> None:
    tensor, valid = counts_and_trust(seed, 0.98)
    counts, trusted = tensor.numpy(), valid.numpy()
    expected = np.zeros(SHAPE, dtype=bool)
    for place in np.ndindex(*SHAPE):
        steps = [tuple(p + s * (a == axis) for a, p in enumerate(place)) for axis in range(3) for s in (-1, 1)]
        beside = [at for at in steps if all(0 <= i < n for i, n in zip(at, SHAPE, strict=True))]
        bright = counts[place] >= 20 and all(trusted[at] and counts[place] > 10 * counts[at] for at in beside)
        expected[place] = trusted[place] and bright
    assert expected.any()
    np.testing.assert_array_equal(defects.spikes(tensor, valid).numpy(), expected)


@pytest.mark.parametrize("width", [1, 3])
def test_dead_pixels_count_nothing_where_those_around_them_count_much(width: int) -> None:
    counts = torch.full(SHAPE, 20.0)
    counts[:, 2 : 2 + width, 4] = 0
    valid = torch.ones(SHAPE, dtype=torch.bool)
    valid[:, 7, 7] = False
    counts[:, 7, 7] = 0  # known already
    expected = torch.zeros(SHAPE[1:], dtype=torch.bool)
    expected[2 : 2 + width, 4] = True
    assert torch.equal(defects.dead_pixels(counts, valid), expected)
    assert not bool(defects.dead_pixels(counts / 200, valid).any())  # too few counts to expect one


@pytest.mark.parametrize(("side", "found"), [(2, False), (3, True), (4, True)])
def test_a_blank_block_is_three_voxels_wide_along_every_axis(side: int, found: bool) -> None:
    counts = torch.full(SHAPE, 20.0)
    counts[0, 0, 0] = 1  # so that 20 is much
    counts[4 : 4 + side, 3:7, 2:8] = 0
    expected = counts == 0 if found else torch.zeros(SHAPE, dtype=torch.bool)
    assert torch.equal(defects.blank_blocks(counts, torch.ones(SHAPE, dtype=torch.bool)), expected)


def test_a_frame_alone_tells_nothing_of_its_pixels() -> None:
    counts = torch.full(SHAPE[1:], 20.0)
    counts[3:7, 3:7] = 0
    valid = torch.ones(SHAPE[1:], dtype=torch.bool)
    for find in (defects.hot_pixels, defects.dead_pixels, defects.blank_blocks):
        assert not bool(find(counts, valid).any())


def peak(height: float = 5e4, seed: int = 0, width: float = 2.0) -> torch.Tensor:
    """Return Poisson counts, (16, 18, 20), of a peak that is brightest at (8, 9, 10), on a background of 1."""
    grid = np.indices((16, 18, 20))
    squares = sum((x - at) ** 2 for x, at in zip(grid, (8, 9, 10), strict=True))
    return torch.from_numpy(np.random.default_rng(seed).poisson(height * np.exp(-squares / 2 / width**2) + 1)).float()


def trust(counts: torch.Tensor) -> torch.Tensor:
    return torch.ones(counts.shape, dtype=torch.bool)


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16, 20, 24, 31, 32, 63, 64])
@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int64, np.uint64])
def test_pixels_with_the_maximum_of_a_counter_in_all_frames_are_a_gap(bits: int, kind: type) -> None:
    if bits > 62 and kind is np.int64:
        return
    counts: np.ndarray = peak().numpy().astype(kind)
    counts[:, 4:6, :] = kind(2**bits - 1) if bits < 53 or kind is np.uint64 else kind(2.0**bits)
    counts[3] = 0  # a frame without beam
    counts[3, 4:6, :] = counts[4, 4:6, :]
    single = torch.from_numpy(counts.astype(np.float32))
    valid = trust(single)
    valid[5] = False  # a frame that is missing
    expected = torch.zeros_like(valid)
    expected[:, 4:6] = True
    assert torch.equal(defects.marked_gaps(single, valid), expected & valid)


def test_a_count_that_happens_to_be_such_a_maximum_stays_a_count() -> None:
    counts = peak()
    counts[5, 6, 7], counts[:9, 2, 2] = 255, 1023  # once, or in some frames only
    assert not bool(defects.marked_gaps(counts, trust(counts)).any())


def test_the_maximum_of_32_bits_is_no_count_in_any_voxel() -> None:
    counts = peak()
    counts[8, 9, 10] = 2**32 - 1
    assert defects.marked_gaps(counts, trust(counts)).nonzero().tolist() == [[8, 9, 10]]
    assert defects.marked_gaps(counts[8], trust(counts[8])).nonzero().tolist() == [[9, 10]]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("part", [0.05, 0.1, 0.4, 0.8])
@pytest.mark.parametrize("spoilt", [False, True])
def test_a_peak_that_was_cut_off_is_found_whatever_is_hot(seed: int, part: float, spoilt: bool) -> None:
    true = peak(seed=seed)
    level = float(torch.floor(part * true.max()))
    counts = true.clamp(max=level)
    expected = true >= level
    if spoilt:
        counts[:, 2, 3] = torch.arange(16) + 2 * level
        counts[12, 15, 2] = 9 * level
    cut, gap, at = defects.clipped(counts, trust(counts))
    assert at == level
    assert torch.equal(cut, expected)
    assert not bool(gap.any())


@pytest.mark.parametrize("height", [3.0, 30.0, 300.0, 3e4, 3e6])
@pytest.mark.parametrize("seed", range(8))
def test_a_peak_of_counts_that_was_not_cut_off_stays(height: float, seed: int) -> None:
    counts = peak(height, seed)
    assert defects.clipped(counts, trust(counts))[2] is None
    assert defects.clipped(counts[8], trust(counts[8]))[2] is None


@pytest.mark.parametrize("shape", [(16, 18, 20), (17, 19, 21), (16, 17), (40, 42)])
def test_equal_counts_of_a_pattern_without_noise_are_no_plateau(shape: tuple[int, ...]) -> None:
    lines = [np.sinc((np.arange(n) - (n - 1) / 2) / 2.5) ** 2 for n in shape]  # its middle lies between voxels
    counts = torch.from_numpy(1e4 * _outer(lines))
    assert defects.clipped(counts.float(), trust(counts))[2] is None


def _outer(lines: list[np.ndarray]) -> np.ndarray:
    whole = lines[0]
    for line in lines[1:]:
        whole = np.multiply.outer(whole, line)
    return whole


def test_the_maximum_of_a_counter_is_cut_off_even_once() -> None:
    counts = peak(7e4).clamp(max=65534)
    counts[8, 9, 10] = 65535
    cut, _, level = defects.clipped(counts, trust(counts))
    assert level == 65535
    assert cut.nonzero().tolist() == [[8, 9, 10]]


def test_a_gap_that_another_number_marks_is_no_peak() -> None:
    counts = peak()
    counts[:, :, 4:6] = 1e9
    _, gap, level = defects.clipped(counts, trust(counts))
    assert level is None
    assert torch.equal(gap, counts == 1e9)


@pytest.mark.parametrize("values", [(0.0, 1.0), (7.0, 7.0), (32767.0, 32767.0)])
def test_two_numbers_alone_are_no_plateau(values: tuple[float, float]) -> None:
    counts = torch.full((8, 8, 8), values[0])
    counts[3:5, 3:5, 3:6] = values[1]
    assert defects.clipped(counts, trust(counts))[2] is None


@pytest.mark.parametrize("weak", [0.0001, 0.01, 0.1, 0.25, 4, 20])
@pytest.mark.parametrize("rough", [0.0, 0.01, 0.05])
def test_pixels_whose_sensitivity_is_that_of_no_neighbour_are_uneven(weak: float, rough: float) -> None:
    rng = np.random.default_rng(3)
    slope = np.linspace(0.5, 1.5, 40)[:, None] * np.linspace(0.7, 1.3, 30)
    flat = 14000 * slope * rng.normal(1, rough, slope.shape)
    places = [(0, 0), (10, 20), (11, 20), (39, 15), (25, 3)]
    for place in places:
        flat[place] *= weak
    flat[:, 12] = np.nan
    flat[20] = 0
    tensor = torch.from_numpy(flat)
    found = defects.uneven_pixels(tensor, torch.ones(tensor.shape, dtype=torch.bool))
    assert sorted(map(tuple, found.nonzero().tolist())) == sorted(places)
    stack = tensor.expand(5, *tensor.shape)
    assert torch.equal(defects.uneven_pixels(stack, torch.ones(stack.shape, dtype=torch.bool)), found)


def test_a_block_without_sensitivity_is_uneven_and_a_rough_detector_is_not() -> None:
    flat = torch.from_numpy(np.random.default_rng(4).uniform(0.5, 1.5, (40, 40)))
    flat[5:25, 5:12] *= 2.2  # larger pixels
    assert not bool(defects.uneven_pixels(flat, torch.ones(flat.shape, dtype=torch.bool)).any())
    flat[30:38, 30:38] = 1e-4
    assert torch.equal(defects.uneven_pixels(flat, torch.ones(flat.shape, dtype=torch.bool)), flat < 1e-3)
