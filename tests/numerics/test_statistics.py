"""Medians, intervals, shares and tests are those that scipy finds, or that are counted out."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from phasekit.numerics.statistics import Spread, different, ranked, wilson


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
