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
