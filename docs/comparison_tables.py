"""The tables of the benchmarks of comparisons."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

from benchmark_labels import label
from markdown_tables import heads, line


def paper_figure_5(found: Mapping[str, Any]) -> list[str]:
    """Return the tables of benchmarks/paper_figure_5.py: medians, whether they differ, histograms, cost."""
    lines = []
    for problem, scope in found["problems"].items():
        metrics = [*scope["p"]]
        lines += [*heads(problem, "starts", *(f"{metric}, median [quartiles]" for metric in metrics), "s per start")]
        for solver, row in scope["solvers"].items():
            shown = []
            for metric in metrics:
                spread = row["metrics"][metric]
                low, high = (f"{spread[name]:.3g}" for name in ("lower", "upper"))
                shown.append(f"{spread['median']:.3g} [{low}, {high}]")
            lines.append(line(solver, f"{row['starts']}", *shown, f"{row['seconds_per_start']:.1f}"))
        lines += [
            line("p of both being the same", "", *(f"{scope['p'][metric]:.1g}" for metric in metrics), ""),
            "",
        ]
    for problem, scope in found["problems"].items():
        for metric in ("chi2", "pearson"):
            one = scope["histograms"][metric]
            span = f"{one['edges'][0]:.3g} to {one['edges'][-1]:.3g}"
            counts = "; ".join(f"{solver} {bars(values)}" for solver, values in one["counts"].items())
            lines += [f"{problem}, {metric} from {span}: {counts}", ""]
    cost, bar = found["cost"], next(iter(found["bars"].items()))
    return [*lines, f"{label(bar[0])}: {cost[bar[0]]:.2f}, to be at most {bar[1]:g}."]


def bars(counts: list[int]) -> str:
    """Return a histogram as a word of bars."""
    top = max(counts)
    return "`" + "".join(" ▁▂▃▄▅▆▇█"[-(-8 * count // top) if top else 0] for count in counts) + "`"


def units(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/units.py: what it costs to share work out."""
    figures = (
        "unit_alone_s",
        "unit_of_1_s",
        "overhead",
        "overhead_medians",
        "speed_up",
        "speed_up_whole_runs",
    )
    lines = heads("workers", *map(label, figures))
    for kind in (kind for kind in found if kind in ("local", "dask")):
        lines.append(line(kind, *(f"{found[kind][figure]:.3g}" for figure in figures)))
    limits = found["bars"]
    goals = (
        f"To be reached: overhead < {limits['overhead']:g}, speed-up ≥ {limits['speed_up']:g}; two workers over one. "
        "The times of a unit, and the overhead without another word, are of the least."
    )
    return [*lines, "", goals]


def bench(found: Mapping[str, Any]) -> list[str]:
    """Return the table of `phasekit bench`: per problem and solver, how often the object is found, and how well."""
    lines = heads("problem", "solver", "object error, median", "95 % interval", "object error ≤ 0.2", "s per start")
    for problem, scope in found["problems"].items():
        for solver in scope["ranking"]:
            row = scope["solvers"][solver]
            error = row["metrics"].get("object-error")
            if error is None:
                lines.append(line(problem, solver, "not run", "", "", ""))
                continue
            median, low, high = ("failed" if error[k] is None else f"{error[k]:.3f}" for k in ("median", "low", "high"))
            share = row["goals"]["object-error"]
            cost = "" if row["seconds_per_start"] is None else f"{row['seconds_per_start']:.3g}"
            lines.append(
                line(problem, solver, median, f"{low} to {high}", f"{share['reached']} of {share['of']}", cost)
            )
    return [*lines, "", f"Suite {found['suite']}, arrays of {found['side']}³, {found['seeds']} starts each."]


def coverage(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/interval_coverage.py: how many true phases lie in their 68 % intervals."""
    kinds = {
        "fitted factors": found["judged_fitted_factors"],
        "phasekit's factors": found["judged_phasekit_factors"],
    }
    factors = {name: f"{one['drift_factor']:.3g} and {one['noise_factor']:.3g}" for name, one in kinds.items()}
    lines = heads("problem, side, solver", *(f"{name}: {values}" for name, values in factors.items()))
    for pairs in zip(*(one["pairs"] for one in kinds.values()), strict=True):
        name = f"{pairs[0]['problem']}, {pairs[0]['side']}³, {pairs[0]['solver']}"
        lines.append(line(name, *(f"{100 * pair['coverage']:.0f} %" for pair in pairs)))
    for side in next(iter(kinds.values()))["mean_by_side"]:
        lines.append(line(f"mean, {side}³", *(f"{100 * one['mean_by_side'][side]:.0f} %" for one in kinds.values())))
    lines.append(line("mean", *(f"{100 * one['mean']:.0f} %" for one in kinds.values())))
    lines.append(line("standard deviation", *(f"{100 * one['standard_deviation']:.0f} %" for one in kinds.values())))
    fitted = found["fitted"]
    summary = (
        f"The noisy problems of the suite, version {found['suite']}, that a solver has solved. Factors on drift and on "
        f"photon noise; fitted on {len(fitted['pairs'])} pairs of other objects and solvers, where the coverage is "
        f"{100 * fitted['mean']:.0f} % with a standard deviation of {100 * fitted['standard_deviation']:.0f} %; "
        f"{found['seeds']} starts."
    )
    return [*lines, "", summary]


def page(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/page.py: what a large comparison's page costs, and what takes its room."""
    times = {"open": "open after, s", "choose": "a start shown, s", "objects": "the objects jumped to, s"}
    lines = heads("solvers × seeds × array", "size, MB", *times.values())
    for row in found["rows"]:
        several = (row["seconds"][key] for key in times)
        shown = (f"{statistics.median(one):.2f} ({min(one):.2f} to {max(one):.2f})" for one in several)
        lines.append(line(f"{row['solvers']} × {row['seeds']} × {row['side']}³", f"{row['MB']:.1f}", *shown))
    parts = ", ".join(f"{label(name)} {value:.1f} MB" for name, value in row["parts_mb"].items())
    bars = f"size < {found['bars']['MB']} MB, open < {found['bars']['seconds']} s"
    how = f"Medians, least and most of {len(row['seconds']['open'])} fresh browsers (headless Chromium without a GPU)"
    return [*lines, "", f"To be reached: {bars}. {how}, load average {found['load']:.1f}. Of the size: {parts}."]
