"""What starts say together: medians and shares with their intervals, failed starts counted as worst."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phasekit.numerics.statistics import RESAMPLED, Spread, different, wilson


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


def test_clearly_different_values_are_told_apart_and_equal_ones_are_not() -> None:
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
