"""The charts of a comparison: histograms over starts, histories of metrics, curves over |Q|."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor

from phasekit.analysis.resolution import PRTF_LEVEL
from phasekit.analysis.shells import Shells
from phasekit.comparing.comparison import Comparison, Entry
from phasekit.report.figures.chart import LEGEND, PAPER, short

COLOURS = ("#0b72c4", "#d55e00", "#009e73", "#cc79a7", "#b88a00", "#56b4e9", "#8c6bb1", "#7a7a7a")
"""Visible on light and dark backgrounds, mostly also to the colour-blind; after Wong, Nat. Methods 8, 441 (2011)."""

DASHES = ("solid", "dash", "dot", "dashdot")
"""Line styles, which distinguish solvers of one colour if there are more solvers than colours."""

BINS = 30
POINTS = 60
"""Points of a curve over the starts of a solver."""

SHELL_TITLES = {
    "prtf": "PRTF",
    "weight": "Fourier spectral weight (√photons)",
    "correlation": "Fourier shell correlation",
}
"""Kind of curve over |Q| -> title of its axis."""

WITH_LEGEND = PAPER | {"showlegend": True, "legend": LEGEND}


class Palette:
    """The colour and line style of each solver, the same in all charts."""

    def __init__(self, solvers: Sequence[str]) -> None:
        self.places = {solver: place for place, solver in enumerate(solvers)}

    def colour(self, solver: str) -> str:
        """Return a solver's colour."""
        return COLOURS[self.places[solver] % len(COLOURS)]

    def line(self, solver: str, width: float = 2.5) -> dict[str, Any]:
        """Return a solver's line."""
        dash = DASHES[self.places[solver] // len(COLOURS) % len(DASHES)]
        return {"color": self.colour(solver), "width": width, "dash": dash}


def histograms(comparison: Comparison, palette: Palette) -> dict[str, Any]:
    """Return histograms of the final values of the starts: one metric and problem at a time."""
    traces = []
    for problem in comparison.contest.problems:
        for metric in comparison.metrics():
            entries = [e for e in comparison.entries if e.problem == problem and metric in e.final]
            finite = {e.solver: [v for v in e.final[metric].tolist() if math.isfinite(v)] for e in entries}
            together = [value for values in finite.values() for value in values]
            if not together:
                continue
            edges = _edges(together)
            for solver, values in finite.items():
                counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
                part = 100 * counts / max(len(next(e.seeds for e in entries if e.solver == solver)), 1)
                traces.append(
                    {
                        "type": "scatter",
                        "mode": "lines",
                        "fill": "tozeroy",
                        "line": palette.line(solver, 1.5) | {"shape": "hvh"},
                        "x": short(np.sqrt(edges[:-1] * edges[1:]).tolist()),
                        "y": short(part.tolist()),
                        "name": solver,
                        "legendgroup": solver,
                        "meta": {"metric": metric, "problem": problem},
                        "hovertemplate": f"{solver}<br>%{{x:.3g}}: %{{y:.3g}} % of the starts<extra></extra>",
                    }
                )
            traces += [_points(entry, metric, edges[0], palette) for entry in entries]
    layout = WITH_LEGEND | {
        "xaxis": {"title": {"text": "value at the end"}, "type": "log", "exponentformat": "power", "anchor": "y2"},
        "yaxis": {"title": {"text": "starts (%)"}, "rangemode": "tozero", "domain": [0.28, 1]},
        "yaxis2": {"domain": [0, 0.22], "visible": False, "fixedrange": True},
    }
    return {"data": traces, "layout": layout, "choices": _choices(comparison), "titled": "xaxis"}


def _points(entry: Entry, metric: str, least: float, palette: Palette) -> dict[str, Any]:
    """Return a point for each start, in a line for each solver; a click on one shows its object."""
    ends = zip(entry.seeds, entry.final[metric].tolist(), strict=True)
    points = [(seed, max(value, least)) for seed, value in ends if math.isfinite(value)]
    return {
        "type": "scatter",
        "mode": "markers",
        "yaxis": "y2",
        "x": short(value for _, value in points),
        "y": [-palette.places[entry.solver]] * len(points),
        "customdata": [seed for seed, _ in points],
        "marker": {"color": palette.colour(entry.solver), "size": 8, "opacity": 0.6},
        "name": entry.solver,
        "legendgroup": entry.solver,
        "showlegend": False,
        "meta": {"metric": metric, "problem": entry.problem},
        "hovertemplate": f"{entry.solver}, seed %{{customdata}}: %{{x:.3g}}<br>click to show it<extra></extra>",
    }


def _edges(values: Sequence[float]) -> np.ndarray:
    """Return edges of bins, evenly spaced in the logarithm."""
    positive = [value for value in values if value > 0] or [1e-12]
    low, high = min(positive), max(positive)
    if high <= 1.02 * low:
        low, high = low / 1.05, high * 1.05
    return np.geomspace(low * 0.999, high * 1.001, BINS + 1)


def _choices(comparison: Comparison) -> dict[str, list[str]]:
    metrics = comparison.metrics()
    first = sorted(metrics, key=lambda name: name != comparison.contest.rank)
    return {"metric": first, "problem": [*comparison.contest.problems]}


def error_curves(comparison: Comparison, palette: Palette) -> dict[str, Any]:
    """Return histories of metrics over steps or seconds: median and quartiles over the starts of each solver."""
    traces = []
    for entry in comparison.entries:
        for metric in comparison.metrics():
            for axis in ("steps", "seconds"):
                traces += _band(entry, metric, axis, palette)
    layout = WITH_LEGEND | {
        "xaxis": {"title": {"text": "steps, or the solver's own seconds per start"}, "rangemode": "tozero"},
        "yaxis": {"title": {"text": comparison.contest.rank}, "type": "log", "exponentformat": "power"},
    }
    return {"data": traces, "layout": layout, "choices": {**_choices(comparison), "against": ["steps", "seconds"]}}


def _band(entry: Entry, metric: str, axis: str, palette: Palette) -> list[dict[str, Any]]:
    seeds = [seed for seed in entry.seeds if seed not in entry.failures]
    curves = []
    for seed in seeds:
        rows = [r for r in entry.rows if r.seed == seed and math.isfinite(r.metrics.get(metric, math.nan))]
        if rows:
            at = [float(r.step) if axis == "steps" else r.seconds for r in rows]
            curves.append((at, [max(r.metrics[metric], 1e-300) for r in rows]))
    if not curves:
        return []
    last = max(at[-1] for at, _ in curves)
    first = max(at[0] for at, _ in curves)
    places = np.linspace(min(first, last), last, POINTS)
    values = np.array([np.exp(np.interp(places, at, np.log(errors))) for at, errors in curves])
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75], axis=0)
    meta = {"meta": {"metric": metric, "problem": entry.problem, "against": axis}, "legendgroup": entry.solver}
    colour = palette.colour(entry.solver)
    base = {"type": "scatter", "x": short(places.tolist()), **meta}
    quiet = {"mode": "lines", "line": {"width": 0, "color": colour}, "showlegend": False, "hoverinfo": "skip"}
    hover = f"{entry.solver}<br>%{{x:.3g}}: %{{y:.3g}}<extra></extra>"
    return [
        base | quiet | {"y": short(high.tolist())},
        base | quiet | {"y": short(low.tolist()), "fill": "tonexty", "fillcolor": _pale(colour)},
        base
        | {"mode": "lines", "y": short(middle.tolist()), "line": palette.line(entry.solver), "name": entry.solver}
        | {"hovertemplate": hover},
    ]


def _pale(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"


def shell_curves(comparison: Comparison, palette: Palette, kind: str) -> dict[str, Any] | None:
    """Return curves over |Q| of every solver: "prtf", "weight" or "correlation"; None without any."""
    traces = []
    for problem, measured in comparison.contest.problems.items():
        shells = Shells.of(measured.geometry, measured.detector)
        entries = [e for e in comparison.entries if e.problem == problem and e.ensemble is not None]
        meta = {"problem": problem}
        if kind == "weight" and entries:
            root = measured.measured_amplitude
            traces.append(
                _line(shells, shells.total(root, measured.trusted), "data", meta, {"color": "var(--ink)", "width": 2})
            )
        for entry in entries:
            values = getattr(entry.ensemble, kind)
            if values is not None:
                line = palette.line(entry.solver)
                traces.append(_line(shells, values, entry.solver, meta, line) | {"legendgroup": entry.solver})
    if not traces:
        return None
    calibrated = all(p.geometry.calibrated() for p in comparison.contest.problems.values())
    layout = WITH_LEGEND | {
        "xaxis": {
            "title": {"text": "|Q| (1/nm)" if calibrated else "|Q| (cycles per voxel)"},
            "rangemode": "tozero",
        },
        "yaxis": {"title": {"text": SHELL_TITLES[kind]}},
    }
    if kind == "weight":
        layout["yaxis"] |= {"type": "log", "exponentformat": "power"}
    if kind == "prtf":
        style = {"color": "var(--other)", "dash": "dot", "width": 1.5}
        ends = [0, max(x for trace in traces for x in trace["x"])]
        level = {"type": "scatter", "mode": "lines", "x": ends, "y": [round(PRTF_LEVEL, 4)] * 2, "line": style}
        traces.append(level | {"name": "1/e", "hoverinfo": "skip"})
    return {"data": traces, "layout": layout, "choices": {"problem": [*comparison.contest.problems]}}


def _line(shells: Shells, values: Tensor, name: str, meta: dict[str, str], style: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": short(shells.radius.tolist()),
        "y": short(values.tolist(), 4),
        "line": style,
        "name": name,
        "meta": meta,
        "hovertemplate": f"{name}<br>%{{x:.3g}}: %{{y:.4g}}<extra></extra>",
    }
