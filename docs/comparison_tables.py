"""The tables of the benchmarks of comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markdown_tables import head, row


def paper_figure_5(found: Mapping[str, Any]) -> list[str]:
    """Return the tables of benchmarks/paper_figure_5.py: medians, whether they differ, histograms, cost."""
    lines = []
    for problem, scope in found["problems"].items():
        metrics = [*scope["p"]]
        lines += [*head(problem, "starts", *(f"{metric}, median [quartiles]" for metric in metrics), "s per start")]
        for solver, told in scope["solvers"].items():
            shown = []
            for metric in metrics:
                spread = told["metrics"][metric]
                low, high = (f"{spread[name]:.3g}" for name in ("lower", "upper"))
                shown.append(f"{spread['median']:.3g} [{low}, {high}]")
            lines.append(row(solver, f"{told['starts']}", *shown, f"{told['seconds per start']:.1f}"))
        lines += [row("p of both being the same", "", *(f"{scope['p'][metric]:.1g}" for metric in metrics), ""), ""]
    for problem, scope in found["problems"].items():
        for metric in ("chi2", "pearson"):
            one = scope["histograms"][metric]
            span = f"{one['edges'][0]:.3g} to {one['edges'][-1]:.3g}"
            counts = "; ".join(f"{solver} {bars(values)}" for solver, values in one["counts"].items())
            lines += [f"{problem}, {metric} from {span}: {counts}", ""]
    cost, bar = found["cost"], next(iter(found["bars"].items()))
    return [*lines, f"{bar[0]}: {cost[bar[0]]:.2f}, to be at most {bar[1]:g}."]


def bars(counts: list[int]) -> str:
    """Return a histogram as a word of bars."""
    top = max(counts)
    return "`" + "".join(" ▁▂▃▄▅▆▇█"[-(-8 * count // top) if top else 0] for count in counts) + "`"


def units(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/units.py: what it costs to share work out."""
    figures = ("unit alone, s", "unit in a worker, s", "overhead", "speed-up", "speed-up of whole runs")
    lines = head("workers", *figures)
    for kind in (kind for kind in found if kind in ("local", "dask")):
        lines.append(row(kind, *(f"{found[kind][figure]:.3g}" for figure in figures)))
    limits = found["bars"]
    told = f"To be reached: overhead < {limits['overhead']:g}, speed-up ≥ {limits['speed-up']:g}; two workers over one."
    return [*lines, "", told]
