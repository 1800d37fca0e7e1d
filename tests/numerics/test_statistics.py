"""Medians, intervals, shares and tests are those that scipy finds, or that are counted out."""

from __future__ import annotations

import math
import subprocess
import sys
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from phasekit.numerics.statistics import RESAMPLED, Spread, different, ranked, wilson


@pytest.mark.parametrize(("hits", "tries"), [(0, 5), (1, 5), (3, 8), (8, 8), (40, 1000)])
def test_the_interval_of_a_share_is_wilsons(hits: int, tries: int) -> None:
    interval = stats.binomtest(hits, tries).proportion_ci(0.95, method="wilson")
    assert wilson(hits, tries) == pytest.approx((interval.low, interval.high), abs=1e-4)


@pytest.mark.parametrize("count", [5, 25, 101])
def test_the_interval_of_a_median_holds_95_of_100_medians_of_resamplings(count: int) -> None:
    values = np.sort(np.random.default_rng(3).lognormal(size=count))
    spread = Spread.of(list(values))
    assert spread is not None

    def lower(place: float) -> float:
        """Return how likely the median of a resampling is one of the `place` lowest values."""
        return float(stats.binom.sf(count // 2, count, place / count))

    low, high = (int(np.searchsorted(values, end)) for end in (spread.low, spread.high))
    for place, part in ((low, 0.025), (high, 0.975)):
        assert lower(place) - 0.012 <= part <= lower(place + 1) + 0.012


def test_starts_that_failed_are_worse_than_any_other() -> None:
    assert ranked([2.0, math.nan, 1.0]).tolist() == [2.0, math.inf, 1.0]
    spread = Spread.of([3.0, math.nan, 1.0, 2.0, math.nan])
    assert spread is not None
    assert (spread.best, spread.lower, spread.median, spread.upper) == (1.0, 2.0, 3.0, math.inf)
    assert (spread.count, spread.failed) == (5, 2)
    assert Spread.of([]) is None


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [([1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0]), ([1.0, 5.0, 6.0], [2.0, 3.0, 4.0, 7.0])],
)
def test_how_likely_a_difference_is_by_chance_is_the_part_of_all_ways_to_share_out_that_are_as_extreme(
    ours: list[float], theirs: list[float]
) -> None:
    values = [*ours, *theirs]

    def wins(places: tuple[int, ...]) -> int:
        rest = [values[i] for i in range(len(values)) if i not in places]
        return sum(values[i] > other for i in places for other in rest)

    middle = len(ours) * len(theirs) / 2
    ways = [abs(wins(places) - middle) for places in combinations(range(len(values)), len(ours))]
    observed = abs(wins(tuple(range(len(ours)))) - middle)
    assert different(ours, theirs) == pytest.approx(np.mean([way >= observed for way in ways]))


def test_a_start_that_failed_counts_as_the_largest_value() -> None:
    assert different([1.0, 2.0, 3.0], [4.0, math.nan, 6.0]) == different([1.0, 2.0, 3.0], [4.0, 99.0, 6.0])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.integers(0, 3))
def test_a_spread_holds_its_median_and_counts_failures_as_worst(values: list[float], failed: int) -> None:
    spread = Spread.of([*values, *[math.nan] * failed])
    assert spread is not None
    assert spread.count == len(values) + failed
    assert spread.failed == failed
    assert spread.low <= spread.median <= spread.high
    assert spread.best == min(values)
    if not failed:
        assert spread.median == pytest.approx(np.median(values), rel=1e-12, abs=1e-12)
    assert Spread.of([*values[::-1], *[math.nan] * failed]) == spread


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 99), min_size=2, max_size=12), st.lists(st.integers(0, 99), min_size=2, max_size=12))
def test_a_difference_is_symmetric_and_blind_to_scale(one: list[int], two: list[int]) -> None:
    p = different(one, two)
    assert 0 <= p <= 1
    assert different(two, one) == pytest.approx(p)
    assert different([3 * v for v in one], [3 * v for v in two]) == p


def test_clearly_different_values_are_distinguished_and_equal_ones_are_not() -> None:
    assert different([1, 2, 3, 4, 5, 6], [11, 12, 13, 14, 15, math.nan]) < 0.01
    assert different([1.0] * 5, [1.0] * 5) == 1.0


def test_a_share_of_all_is_not_certain() -> None:
    low, high = wilson(8, 8)
    assert (round(low, 2), high) == (0.68, 1.0)
    assert wilson(0, 8)[0] == 0.0


@settings(deadline=None)
@given(st.integers(1, 400), st.integers(0, 400))
def test_a_share_lies_within_its_interval_whose_ends_solve_wilson_s_equation(tries: int, hits: int) -> None:
    hits = min(hits, tries)
    low, high = wilson(hits, tries)
    assert 0 <= low <= hits / tries <= high <= 1
    for end in (low, high):
        if 0 < end < 1:
            z = abs(hits / tries - end) / math.sqrt(end * (1 - end) / tries)
            assert z == pytest.approx(1.959963984540054, rel=1e-6)


@pytest.mark.parametrize("failed", [0, 1, 4, 9])
def test_the_interval_of_the_median_holds_95_percent_of_the_medians_drawn_again(failed: int) -> None:
    values = [*np.random.default_rng(4).normal(size=9 - failed), *[math.nan] * failed]
    spread = Spread.of(values)
    assert spread is not None
    known = np.sort(np.where(np.isnan(values), np.inf, values))
    drawn = np.random.default_rng(0).integers(len(known), size=(RESAMPLED, len(known)))
    medians = np.sort(np.median(known[drawn], axis=1))
    assert (spread.low, spread.high) == (medians[49], medians[1949])


def test_one_start_is_its_own_interval_and_none_has_no_spread() -> None:
    alone = Spread.of([0.3])
    assert alone is not None
    assert (alone.low, alone.median, alone.high) == (0.3, 0.3, 0.3)
    assert Spread.of([]) is None


def test_importing_it_does_not_wait_for_scipy_s_statistics() -> None:
    code = "import sys, phasekit.numerics.statistics; sys.exit('scipy.stats' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
