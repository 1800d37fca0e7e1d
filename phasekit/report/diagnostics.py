"""What the solver wanted seen: numbers for the table, curves, images."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import numpy as np
from matplotlib.colors import Normalize

from phasekit.core.result import Result
from phasekit.report.curves import PAPER, line
from phasekit.report.drawing import Drawing
from phasekit.report.panels import Row, draw
from phasekit.report.plane import planes


def numbers(result: Result) -> dict[str, np.ndarray]:
    """Return the diagnostics that are one number per seed: name -> (seeds,)."""
    return {name: values for name, values in _arrays(result).items() if values.ndim == 1}


def charts(result: Result) -> dict[str, dict[str, Any]]:
    """Return a plotly chart for each diagnostic that is a curve per seed, (seeds, k)."""
    found = {}
    for name, values in _arrays(result).items():
        if values.ndim != 2:
            continue
        traces = [line(result, rank, np.arange(values.shape[1]), values[rank]) for rank in reversed(range(len(values)))]
        layout = PAPER | {"xaxis": {"title": {"text": "index"}}, "yaxis": {"title": {"text": name}}}
        found[name] = {"data": traces, "layout": layout}
    return found


def pictures(result: Result) -> list[Drawing]:
    """Return a drawing for each diagnostic with 2 or 3 dimensions per seed, of the best seed."""
    found = []
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
        caption = f"{name}, as the solver left it for the best seed."
        rows = [Row(name, best, "viridis", scale, name)]
        found.append(Drawing(file, partial(draw, rows, cuts), caption, name))
    return found


def unshown(result: Result) -> list[str]:
    """Say which diagnostics have a shape that none of the others takes."""
    return [
        f"{name} has shape {values.shape}: kept in the result, not drawn"
        for name, values in _arrays(result).items()
        if values.ndim not in (1, 2, 3, 4)
    ]


def _arrays(result: Result) -> dict[str, np.ndarray]:
    return {name: values.detach().cpu().resolve_conj().numpy() for name, values in result.diagnostics.items()}
