"""The diagnostics of a solver: numbers for the table, curves, images."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import numpy as np
from matplotlib.colors import Normalize

from phasekit.core.result import Result
from phasekit.report.figures.chart import PAPER
from phasekit.report.figures.drawing import Drawing
from phasekit.report.figures.panels import PanelRow, draw
from phasekit.report.figures.plane import planes
from phasekit.report.reconstruction.curves import line


def numbers(result: Result) -> dict[str, np.ndarray]:
    """Return the diagnostics that are one number per seed: name -> (seeds,)."""
    return {name: values for name, values in _arrays(result).items() if values.ndim == 1}


def charts(result: Result) -> dict[str, dict[str, Any]]:
    """Return a plotly chart for each diagnostic that is a curve per seed, (seeds, k)."""
    specs = {}
    for name, values in _arrays(result).items():
        if values.ndim != 2:
            continue
        traces = [line(result, rank, np.arange(values.shape[1]), values[rank]) for rank in reversed(range(len(values)))]
        layout = PAPER | {"xaxis": {"title": {"text": "index"}}, "yaxis": {"title": {"text": name}}}
        specs[name] = {"data": traces, "layout": layout}
    return specs


def pictures(result: Result) -> dict[str, Drawing]:
    """Return a drawing for each diagnostic with 2 or 3 dimensions per seed, of the best seed."""
    drawings = {}
    for name, values in _arrays(result).items():
        if values.ndim not in (3, 4):
            continue
        best = np.abs(values[0]) if np.iscomplexobj(values) else values[0].astype(float)
        finite = best[np.isfinite(best)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
        scale = Normalize(low, high if high > low else low + 1)
        shape = best.shape
        cuts = planes(
            [slice(0, n) for n in shape],
            [n // 2 for n in shape],
            [1.0] * len(shape),
            [f"axis {axis}" for axis in range(len(shape))],
            "index from centre",
        )
        file = "diagnostic-" + (re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "unnamed")
        drawings[name] = Drawing(file, partial(draw, [PanelRow(name, best, "viridis", scale, name)], cuts))
    return drawings


def unshown(result: Result) -> dict[str, tuple[int, ...]]:
    """Return the shapes of all other diagnostics."""
    return {name: values.shape for name, values in _arrays(result).items() if values.ndim not in (1, 2, 3, 4)}


def _arrays(result: Result) -> dict[str, np.ndarray]:
    return {name: values.detach().cpu().resolve_conj().numpy() for name, values in result.diagnostics.items()}
