"""The tables of a comparison: solvers, pairs of solvers, starts. The page's script sorts them and hides solvers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from phasekit.comparing.comparison import Comparison
from phasekit.comparing.figures import reasons, seconds
from phasekit.numerics.statistics import Spread
from phasekit.report.comparison.cells import DIFFERENT, NOTHING, Cell, cell_of
from phasekit.report.comparison.gallery import Gallery
from phasekit.report.comparison.starts import packed_object
from phasekit.report.html.templates import sentence
from phasekit.report.numbers import number


def solvers_table(comparison: Comparison, problem: str | None) -> dict[str, Any]:
    """Return a row for each solver in the order of the ranking; the best of every column leads."""
    rows = {solver: solver_cells(comparison, solver, problem) for solver in comparison.ranking(problem)}
    head = list(dict.fromkeys(key for row in rows.values() for key in row))
    lowest = {key: _best(key, [row[key] for row in rows.values() if key in row]) for key in head}
    body = []
    for solver, row in rows.items():
        cells = [row.get(key, NOTHING) for key in head]
        leads = [cell.value == lowest[key] for key, cell in zip(head, cells, strict=True)]
        body.append({"solver": solver, "cells": list(zip(cells, leads, strict=True))})
    return {"head": head, "rows": body, "rank": comparison.contest.rank}


def solver_cells(comparison: Comparison, solver: str, problem: str | None) -> dict[str, Cell]:
    """Return the figures of a solver, heading -> cell, on one problem or over all."""
    entries = [e for e in comparison.entries if e.solver == solver and problem in (None, e.problem)]
    starts, failed = sum(len(e.seeds) for e in entries), sum(len(e.failures) for e in entries)
    row = {"starts": Cell(str(starts), float(starts), failed=failed)}
    if not starts:
        return row
    metrics = comparison.metrics()
    for metric in sorted(metrics, key=lambda name: (name != comparison.contest.rank, metrics.index(name))):
        spread = Spread.of(comparison.values(solver, metric, problem))
        if spread is not None:
            row[metric] = cell_of(spread.median, interval=(number(spread.low, 3), number(spread.high, 3)))
    for goal in comparison.contest.goals:
        row |= _goal_cells(comparison, solver, goal, problem)
    row["seconds per start"] = cell_of(seconds(entries))
    if problem is not None and entries[0].ensemble is not None:
        unit = " nm" if comparison.contest.problems[problem].geometry.calibrated() else " voxels"
        row["PRTF resolution"] = cell_of(entries[0].ensemble.resolved, unit)
    return row


def _goal_cells(comparison: Comparison, solver: str, goal: str, problem: str | None) -> dict[str, Cell]:
    """Return the fraction of starts that reached a goal, and the median steps and seconds to it."""
    hits, tries, (low, high) = comparison.success(solver, goal, problem)
    share, interval = f"{100 * hits / max(tries, 1):.0f} %", (f"{100 * low:.0f}", f"{100 * high:.0f} %")
    times = sorted(time for time in comparison.times(solver, goal, problem) if time is not None)
    middle = times[len(times) // 2] if times else None
    return {
        f"reach {goal} ≤ {comparison.contest.goals[goal]:g}": Cell(share, -hits / max(tries, 1), interval),
        "steps to it": cell_of(None if middle is None else float(middle[0])),
        "seconds to it": cell_of(None if middle is None else middle[1]),
    }


def _best(key: str, cells: Sequence[Cell]) -> float | str | None:
    """Return the lowest value, if it is finite and not common to all."""
    values = [cell.value for cell in cells if isinstance(cell.value, float) and math.isfinite(cell.value)]
    same = len({cell.value for cell in cells}) < 2
    return None if key == "starts" or same or not values else min(values)


def pairs_table(comparison: Comparison, problem: str | None) -> list[dict[str, Any]]:
    """Return the p-value of each pair of solvers by the ranking metric."""
    ranking = [s for s in comparison.ranking(problem) if comparison.values(s, comparison.contest.rank, problem)]
    rows = []
    for first, second in combinations(ranking, 2):
        p = comparison.difference(first, second, problem=problem)
        rows.append({"first": first, "second": second, "p": Cell(number(p, 2), p), "different": p < DIFFERENT})
    return rows


def starts_table(comparison: Comparison, galleries: Mapping[str, Gallery]) -> dict[str, Any]:
    """Return a row for each start, with its object for the page's script to show."""
    metrics = comparison.metrics()
    rows = []
    for entry in comparison.entries:
        for i, seed in enumerate(entry.seeds):
            cells = [cell_of(float(entry.final[m][i])) if m in entry.final else NOTHING for m in metrics]
            cells += [cell_of(float(entry.steps[i])), cell_of(float(entry.seconds[i]))]
            rows.append(
                {
                    "solver": entry.solver,
                    "problem": entry.problem,
                    "seed": seed,
                    "object": packed_object(entry, seed, galleries[entry.problem]),
                    "cells": cells,
                    "failure": entry.failures.get(seed, ""),
                }
            )
    return {"metrics": list(metrics), "rows": rows}


def not_run(comparison: Comparison) -> list[str]:
    """Return refusals and failures with their reasons, as sentences in plain text."""
    return [sentence("comparison/tables.html", "shortfall", row) for row in shortfalls(comparison)]


def shortfalls(comparison: Comparison) -> list[dict[str, Any]]:
    """Return refusals and failures with their reasons."""
    return [
        {
            "solver": entry.solver,
            "problem": entry.problem,
            "refusal": entry.refusal or "",
            "failed": len(entry.failures),
            "starts": len(entry.seeds),
            "reasons": [] if entry.refusal else reasons([entry]),
        }
        for entry in comparison.entries
        if entry.refusal or entry.failures
    ]
