"""The history of every seed's metrics, as an interactive chart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from phasekit.core.result import Result
from phasekit.report.figures.chart import PAPER, short

POINTS = 400
"""Largest number of points; a longer curve is thinned evenly, with its end kept, so that the page stays small."""


def error_curves(result: Result) -> dict[str, Any] | None:
    """Return traces, layout and the choice of metrics; None without a history.

    Every trace is one seed and metric; by its `meta` the page shows one metric at a time.
    """
    metrics = list(dict.fromkeys(name for row in result.history for name in row.metrics))
    if not metrics:
        return None
    metrics.sort(key=lambda name: name != result.rank)
    traces = []
    for metric in metrics:
        for rank in reversed(range(len(result.seeds))):  # the best is drawn last, on top
            rows = [r for r in result.history if r.seed == result.seeds[rank] and metric in r.metrics]
            rows = rows[:: max(1, math.ceil(len(rows) / POINTS))] + rows[-1:]
            steps, values = [r.step for r in rows], [r.metrics[metric] for r in rows]
            traces.append(line(result, rank, steps, values) | {"meta": {"metric": metric}})
    layout = PAPER | {
        "xaxis": {"title": {"text": "step"}, "rangemode": "tozero"},
        "yaxis": {"title": {"text": metrics[0]}, "type": "log", "exponentformat": "power"},
    }
    return {"data": traces, "layout": layout, "choices": {"metric": metrics}}


def line(result: Result, rank: int, across: Sequence[float] | np.ndarray, up: Sequence[float] | np.ndarray) -> Any:
    """Return one seed's curve; the best stands out, failed seeds are dashed."""
    seed, best = result.seeds[rank], rank == 0
    failed = seed in result.failed
    standing = "best" if best else "failed" if failed else f"rank {rank + 1}"
    colour = "var(--accent)" if best else "var(--agree)" if seed in result.agreeing else "var(--other)"
    return {
        "type": "scatter",
        "mode": "lines" if len(across) > 1 else "markers",
        "name": f"seed {seed} ({standing})",
        "x": short(map(float, across), 6),
        "y": short(map(float, up), 4),
        "line": {"color": colour, "width": 3 if best else 1.4, "dash": "dot" if failed else "solid"},
        "hovertemplate": f"seed {seed} ({standing})<br>%{{x}}: %{{y:.4g}}<extra></extra>",
    }
