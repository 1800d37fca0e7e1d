"""Comparison: the results of every solver on every problem, start by start, and their statistics."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from phasekit.comparing.ensemble import Ensemble
from phasekit.comparing.setup import Contest
from phasekit.core.result import MetricsRow
from phasekit.numerics.statistics import Spread, different, ranked, wilson


@dataclass(frozen=True, eq=False)
class Entry:
    """One solver on one problem. Everything with a leading seed axis is in the order of `seeds`."""

    problem: str
    solver: str
    seeds: tuple[int, ...] = ()
    final: Mapping[str, Tensor] = field(default_factory=dict)
    """Metric -> (seeds,) float64 at the end; NaN for seeds that failed."""
    steps: Tensor = field(default_factory=lambda: torch.zeros(0))
    """(seeds,) float64: steps done."""
    seconds: Tensor = field(default_factory=lambda: torch.zeros(0))
    """(seeds,) float64: seconds of the solver, a batch's divided by its size; without the dropped first step."""
    failures: Mapping[int, str] = field(default_factory=dict)
    """Seed -> why it failed."""
    refusal: str | None = None
    """Why the solver was not run here."""
    rows: tuple[MetricsRow, ...] = ()
    ensemble: Ensemble | None = None

    def spread(self, metric: str) -> Spread | None:
        """Return the spread of a metric over the starts; None if there are none."""
        return Spread.of(self.final[metric].tolist()) if metric in self.final else None

    def reached(self, metric: str, goal: float) -> list[tuple[int, float] | None]:
        """Return for each seed after how many steps and seconds a metric first reached the goal; None for never."""
        first: dict[int, tuple[int, float]] = {}
        for row in self.rows:
            if row.metrics.get(metric, math.nan) <= goal and (row.seed not in first or row.step < first[row.seed][0]):
                first[row.seed] = (row.step, row.seconds)
        return [None if seed in self.failures else first.get(seed) for seed in self.seeds]

    def best(self, rank: str) -> int | None:
        """Return the seed with the lowest `rank`; None if all failed."""
        values = ranked(self.final[rank].tolist()).tolist() if rank in self.final else []
        order = sorted((value, seed) for value, seed in zip(values, self.seeds, strict=True))
        return order[0][1] if order and math.isfinite(order[0][0]) else None


@dataclass(frozen=True, eq=False)
class Comparison:
    """The result of a comparison: an entry for each solver on each problem, and statistics."""

    contest: Contest
    """With its problems on the CPU."""
    entries: tuple[Entry, ...]

    def entry(self, problem: str, solver: str) -> Entry:
        """Return the entry of one solver on one problem."""
        return next(e for e in self.entries if (e.problem, e.solver) == (problem, solver))

    def values(self, solver: str, metric: str, problem: str | None = None) -> list[float]:
        """Return a metric of every start of a solver, on one problem or on all; NaN for those that failed."""
        return [
            value
            for entry in self.entries
            if entry.solver == solver and problem in (None, entry.problem) and metric in entry.final
            for value in entry.final[metric].tolist()
        ]

    def metrics(self) -> tuple[str, ...]:
        """Return the names of the metrics."""
        return tuple(dict.fromkeys(name for entry in self.entries for name in entry.final))

    def ranking(self, problem: str | None = None) -> tuple[str, ...]:
        """Return the solvers, best median of the ranking metric first, on one problem or over all their starts.

        The order depends only on each solver's own values; the name breaks ties. Solvers without a start come last.
        """

        def standing(solver: str) -> tuple[float, float, str]:
            found = Spread.of(self.values(solver, self.contest.rank, problem))
            return (math.inf, math.inf, solver) if found is None else (found.median, found.upper, solver)

        return tuple(sorted(self.contest.solvers, key=standing))

    def difference(self, one: str, other: str, metric: str | None = None, problem: str | None = None) -> float:
        """Return the two-sided p-value of two solvers having the same distribution of a metric, by default the rank."""
        name = metric or self.contest.rank
        return different(self.values(one, name, problem), self.values(other, name, problem))

    def success(self, solver: str, metric: str, problem: str | None = None) -> tuple[int, int, tuple[float, float]]:
        """Return how many starts reached the goal of a metric, of how many, and the 95 % interval of the fraction."""
        times = self.times(solver, metric, problem)
        hits = sum(time is not None for time in times)
        return hits, len(times), wilson(hits, len(times)) if times else (0.0, 1.0)

    def times(self, solver: str, metric: str, problem: str | None = None) -> list[tuple[int, float] | None]:
        """Return steps and seconds to the goal of a metric for every start; None if not reached."""
        goal = self.contest.goals[metric]
        chosen = [e for e in self.entries if e.solver == solver and problem in (None, e.problem)]
        return [time for entry in chosen for time in entry.reached(metric, goal)]


def reference_of(contest: Contest, problem: str, entries: Sequence[Entry]) -> tuple[str, int] | None:
    """Return the solver and seed of the best object, with which all are aligned if the truth is unknown."""
    found = []
    for entry in entries:
        best = entry.best(contest.rank)
        if entry.problem == problem and best is not None:
            value = float(entry.final[contest.rank][entry.seeds.index(best)])
            found.append((value, entry.solver, best))
    return min(found)[1:] if found else None
