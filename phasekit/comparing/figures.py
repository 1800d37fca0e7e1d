"""A comparison as data: comparison.json and seeds.csv."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import asdict
from itertools import combinations
from typing import Any

import numpy as np

from phasekit.comparing.comparison import Comparison, Entry
from phasekit.comparing.estimate import estimates
from phasekit.numerics.statistics import Spread


def figures_of(comparison: Comparison) -> dict[str, Any]:
    """Return the figures of the solvers, on each problem and pooled over all, as JSON takes them."""
    contest = comparison.contest
    scopes: list[str | None] = [*contest.problems]
    return {
        "rank": contest.rank,
        "ranking": list(comparison.ranking()),
        "goals": dict(contest.goals),
        "budget": None if contest.budget is None else contest.budget.model_dump(exclude_none=True),
        "problems": {str(scope): _scope(comparison, scope) for scope in scopes},
        "pooled": _scope(comparison, None),
    }


def _scope(comparison: Comparison, problem: str | None) -> dict[str, Any]:
    solvers = [*comparison.contest.solvers]
    figures: dict[str, Any] = {
        "ranking": list(comparison.ranking(problem)),
        "solvers": {solver: _solver(comparison, solver, problem) for solver in solvers},
        "p_values": [
            {"solvers": [one, other], "p": comparison.difference(one, other, problem=problem)}
            for one, other in combinations(solvers, 2)
        ],
    }
    if problem is not None:
        figures["uncertainty"] = {estimate.key: estimate.facts() for estimate in estimates(comparison, problem)}
    return figures


def _solver(comparison: Comparison, solver: str, problem: str | None) -> dict[str, Any]:
    entries = [e for e in comparison.entries if e.solver == solver and problem in (None, e.problem)]
    figures: dict[str, Any] = {
        "starts": sum(len(entry.seeds) for entry in entries),
        "failed": sum(len(entry.failures) for entry in entries),
        "reasons": reasons(entries),
        "seconds_per_start": seconds(entries),
        "metrics": {
            name: finite(asdict(spread))
            for name in comparison.metrics()
            if (spread := Spread.of(comparison.values(solver, name, problem))) is not None
        },
    }
    figures["goals"] = {}
    for goal, value in comparison.contest.goals.items():
        hits, tries, (low, high) = comparison.success(solver, goal, problem)
        times = [time for time in comparison.times(solver, goal, problem) if time is not None]
        figures["goals"][goal] = {
            "value": value,
            "reached": hits,
            "of": tries,
            "interval_95": [low, high],
            "median_steps": float(np.median([step for step, _ in times])) if times else None,
            "median_seconds": float(np.median([spent for _, spent in times])) if times else None,
        }
    if problem is not None and (ensemble := entries[0].ensemble) is not None:
        figures["best_seed"] = ensemble.seed
        figures["resolution"] = ensemble.resolved if math.isfinite(ensemble.resolved) else None
    return figures


def reasons(entries: Sequence[Entry]) -> list[str]:
    """Return why solvers were not run, or failed, each reason once."""
    given = [reason for entry in entries for reason in (entry.refusal, *entry.failures.values()) if reason]
    return list(dict.fromkeys(given))


def seconds(entries: list[Entry]) -> float | None:
    """Return the median of the solver's own seconds per start; None if there is no start."""
    spent = [value for entry in entries for value in entry.seconds.tolist() if math.isfinite(value)]
    return float(np.median(spent)) if spent else None


def finite(figures: dict[str, Any]) -> dict[str, Any]:
    """Return figures with None for those that are not finite."""
    return {key: None if isinstance(v, float) and not math.isfinite(v) else v for key, v in figures.items()}


def seeds_table(comparison: Comparison) -> str:
    """Return every start as a line of CSV: problem, solver, seed, steps, seconds, metrics, why it failed."""
    names = comparison.metrics()
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["problem", "solver", "seed", "steps", "seconds", *names, "failed"])
    for entry in comparison.entries:
        if entry.refusal:
            table.writerow([entry.problem, entry.solver, "", "", "", *("" for _ in names), entry.refusal])
        for i, seed in enumerate(entry.seeds):
            cost = (f"{float(entry.steps[i]):.0f}", f"{float(entry.seconds[i]):.4f}")
            measured = (f"{float(entry.final[name][i]):.9g}" if name in entry.final else "" for name in names)
            table.writerow([entry.problem, entry.solver, seed, *cost, *measured, entry.failures.get(seed, "")])
    return text.getvalue()
