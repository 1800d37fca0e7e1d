"""The summary of a comparison: the best solver, its median, and whether the next one differs."""

from __future__ import annotations

from typing import Any

from phasekit.comparing.comparison import Comparison
from phasekit.numerics.statistics import Spread
from phasekit.report.comparison.cells import DIFFERENT
from phasekit.report.html.templates import sentence


def story(comparison: Comparison) -> str:
    """Return the summary as plain text."""
    return sentence("comparison/headline.html", "story", story_facts(comparison))


def story_facts(comparison: Comparison) -> dict[str, Any]:
    """Return the best solver, its median, and the p-value against the next one."""
    contest = comparison.contest
    started = [solver for solver in comparison.ranking() if comparison.values(solver, contest.rank)]
    first = Spread.of(comparison.values(started[0], contest.rank)) if started else None
    p = comparison.difference(started[0], started[1]) if len(started) > 1 else None
    return {
        "solvers": len(contest.solvers),
        "problems": len(contest.problems),
        "rank": contest.rank,
        "first": None if first is None else {"solver": started[0], "spread": first},
        "second": None if p is None else {"solver": started[1], "p": p, "different": p < DIFFERENT},
    }


def key_figures(comparison: Comparison) -> dict[str, Any]:
    """Return the key figures: the best solver, numbers of starts and failures, and the budget."""
    contest, entries = comparison.contest, comparison.entries
    return {
        "first": comparison.ranking()[0],
        "starts": sum(len(entry.seeds) for entry in entries),
        "failed": sum(len(entry.failures) for entry in entries),
        "steps": None if contest.budget is None else contest.budget.steps,
        "seconds": None if contest.budget is None else contest.budget.seconds,
    }
