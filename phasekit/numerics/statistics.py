"""Statistics over starts: median, quartiles and intervals, fractions, and whether two solvers differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# scipy.stats takes a second to import: only where it is needed.

LEVEL = 0.95
"""Level of the intervals."""

RESAMPLED = 2000
"""Resamplings of a bootstrap; always the same ones, so that equal values have equal intervals."""


@dataclass(frozen=True)
class Spread:
    """A metric over the starts of one solver; failed starts count as worse than any other."""

    median: float
    low: float
    """Lower end of the 95 % bootstrap interval of the median."""
    high: float
    """Upper end of that interval."""
    lower: float
    """Lower quartile."""
    upper: float
    """Upper quartile."""
    best: float
    count: int
    failed: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread | None:
        """Summarise values, NaN for failed starts; None without values."""
        known = np.sort(ranked(values))
        if not len(known):
            return None
        low, high = _interval_of_median(known)
        lower, median, upper = (float(known[round(part * (len(known) - 1))]) for part in (0.25, 0.5, 0.75))
        return cls(
            median=float(np.median(known)) if math.isfinite(median) else median,
            low=low,
            high=high,
            lower=lower,
            upper=upper,
            best=float(known[0]),
            count=len(known),
            failed=int(np.isinf(known).sum()),
        )


def _interval_of_median(known: np.ndarray) -> tuple[float, float]:
    """Return the percentile bootstrap interval of the median of values; some may be infinite."""
    from scipy.stats import bootstrap

    if len(known) < 2:
        return float(known[0]), float(known[0])
    with np.errstate(invalid="ignore"):  # the unused standard error of infinite medians
        found = bootstrap(
            (known,), np.median, n_resamples=RESAMPLED, method="percentile", random_state=np.random.default_rng(0)
        )
    # Without interpolation, which is undefined between infinite medians.
    ends = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
    low, high = np.quantile(found.bootstrap_distribution, ends, method="inverted_cdf").tolist()
    return low, high


def ranked(values: Sequence[float]) -> np.ndarray:
    """Return values as float64, failed starts as infinite."""
    array = np.asarray(values, dtype=np.float64)
    return np.where(np.isnan(array), np.inf, array)


def different(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the two-sided p-value of both sets of values having the same distribution.

    Source: Mann and Whitney, Ann. Math. Stat. 18, 50 (1947). Seeds are not paired: solvers use them differently.
    """
    from scipy.stats import mannwhitneyu

    one, other = ranked(ours), ranked(theirs)
    if not len(one) or not len(other) or len(np.unique(np.concatenate([one, other]))) == 1:
        return 1.0
    # Ranks replace the values, since infinite ones cannot be subtracted.
    _, places = np.unique(np.concatenate([one, other]), return_inverse=True)
    return float(mannwhitneyu(places[: len(one)], places[len(one) :], alternative="two-sided").pvalue)


def wilson(hits: int, tries: int) -> tuple[float, float]:
    """Return the 95 % interval of a fraction. Source: Wilson, J. Am. Stat. Assoc. 22, 209 (1927)."""
    from scipy.stats import binomtest

    interval = binomtest(hits, tries).proportion_ci(LEVEL, method="wilson")
    return float(interval.low), float(interval.high)
