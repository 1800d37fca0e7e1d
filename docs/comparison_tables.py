"""The tables of the benchmarks of comparisons."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

from markdown_tables import heads, line


def paper_figure_5(found: Mapping[str, Any]) -> list[str]:
    """Return the tables of benchmarks/paper_figure_5.py: medians, whether they differ, histograms, cost."""
    lines = []
    for problem, scope in found["problems"].items():
        metrics = [*scope["p"]]
        lines += [*heads(problem, "starts", *(f"{metric}, median [quartiles]" for metric in metrics), "s per start")]
        for solver, told in scope["solvers"].items():
            shown = []
            for metric in metrics:
                spread = told["metrics"][metric]
                low, high = (f"{spread[name]:.3g}" for name in ("lower", "upper"))
                shown.append(f"{spread['median']:.3g} [{low}, {high}]")
            lines.append(line(solver, f"{told['starts']}", *shown, f"{told['seconds_per_start']:.1f}"))
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
    return [*lines, f"{bar[0]}: {cost[bar[0]]:.2f}, to be at most {bar[1]:g}."]


def bars(counts: list[int]) -> str:
    """Return a histogram as a word of bars."""
    top = max(counts)
    return "`" + "".join(" ▁▂▃▄▅▆▇█"[-(-8 * count // top) if top else 0] for count in counts) + "`"


def units(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/units.py: what it costs to share work out."""
    figures = ("unit alone, s", "unit of 1, s", "overhead", "overhead, medians", "speed-up", "speed-up of whole runs")
    lines = heads("workers", *figures)
    for kind in (kind for kind in found if kind in ("local", "dask")):
        lines.append(line(kind, *(f"{found[kind][figure]:.3g}" for figure in figures)))
    limits = found["bars"]
    told = (
        f"To be reached: overhead < {limits['overhead']:g}, speed-up ≥ {limits['speed-up']:g}; two workers over one. "
        "The times of a unit, and the overhead without another word, are of the least."
    )
    return [*lines, "", told]


def bench(found: Mapping[str, Any]) -> list[str]:
    """Return the table of `phasekit bench`: per problem and solver, how often the object is found, and how well."""
    lines = heads("problem", "solver", "object error, median", "95 % interval", "object error ≤ 0.2", "s per start")
    for problem, told in found["problems"].items():
        for solver in told["ranking"]:
            row = told["solvers"][solver]
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
    """Return the table of benchmarks/coverage.py: how many true phases lie in their 68 % intervals."""
    kinds = {key.removeprefix("judged, "): one for key, one in found.items() if key.startswith("judged, ")}
    factors = {name: f"{one['drift factor']:.3g} and {one['noise factor']:.3g}" for name, one in kinds.items()}
    lines = heads("problem, side, solver", *(f"{name}: {told}" for name, told in factors.items()))
    for name in next(iter(kinds.values()))["pairs"]:
        lines.append(line(name, *(f"{100 * one['pairs'][name]:.0f} %" for one in kinds.values())))
    for side in next(iter(kinds.values()))["mean by side"]:
        lines.append(line(f"mean, {side}³", *(f"{100 * one['mean by side'][side]:.0f} %" for one in kinds.values())))
    lines.append(line("mean", *(f"{100 * one['mean']:.0f} %" for one in kinds.values())))
    lines.append(line("standard deviation", *(f"{100 * one['standard deviation']:.0f} %" for one in kinds.values())))
    fitted = found["fitted"]
    told = (
        f"The noisy problems of the suite, version {found['suite']}, that a solver has solved. Factors on drift and on "
        f"photon noise; fitted on {len(fitted['pairs'])} pairs of other objects and solvers, where the coverage is "
        f"{100 * fitted['mean']:.0f} % with a standard deviation of {100 * fitted['standard deviation']:.0f} %; "
        f"{found['seeds']} starts."
    )
    return [*lines, "", told]


def page(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/page.py: what a large comparison's page costs, and what takes its room."""
    times = {"open": "open after, s", "choose": "a start shown, s", "objects": "the objects jumped to, s"}
    lines = heads("solvers × seeds × array", "size, MB", *times.values())
    for row in found["rows"]:
        several = (row["seconds"][key] for key in times)
        shown = (f"{statistics.median(one):.2f} ({min(one):.2f} to {max(one):.2f})" for one in several)
        lines.append(line(f"{row['solvers']} × {row['seeds']} × {row['side']}³", f"{row['MB']:.1f}", *shown))
    parts = ", ".join(f"{name} {value:.1f} MB" for name, value in row["parts, MB"].items())
    bars = f"size < {found['bars']['MB']} MB, open < {found['bars']['seconds']} s"
    how = f"Medians, least and most of {len(row['seconds']['open'])} fresh browsers (headless Chromium without a GPU)"
    return [*lines, "", f"To be reached: {bars}. {how}, load average {found['load']:.1f}. Of the size: {parts}."]
