"""The curves of a training as interactive charts, and its last epochs as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from phasekit.report.figures.chart import LEGEND, PAPER, short
from phasekit.training.figures import label
from phasekit.training.trainer import Point

LINES: Mapping[str, Mapping[str, str]] = {
    "loss": {
        "validation_loss": "var(--accent)",
        "loss": "var(--agree)",
        "floor": "var(--other)",
    },
    "object error": {
        "object_error": "var(--accent)",
        "twin_mixture_error": "var(--incident)",
        "flat_phase_error": "var(--other)",
    },
    "phase error": {"phase_error": "var(--accent)", "flat_phase_phase_error": "var(--other)"},
    "residual": {"residual": "var(--accent)"},
}
"""Chart -> figure -> colour; figures for comparison are dashed."""

YARDSTICKS = ("floor", "flat_phase_error", "twin_mixture_error", "flat_phase_phase_error")

LAST = 12
"""Number of last epochs shown as numbers."""


def charts(points: Sequence[Point]) -> dict[str, dict[str, Any]]:
    """Return a chart for each of `LINES` that has figures, and of the learning rate; none before the first epoch."""
    if not points:
        return {}
    epochs = [point.epoch for point in points]
    specs = {}
    for name, colours in LINES.items():
        lines = {line: [point.figures.get(line) for point in points] for line in colours}
        lines = {line: values for line, values in lines.items() if any(value is not None for value in values)}
        if lines:
            specs[name.replace(" ", "-")] = _chart(name, epochs, lines, colours)
    rates = {"rate": [point.rate for point in points]}
    specs["rate"] = _chart("learning rate", epochs, rates, {"rate": "var(--accent)"})
    specs["rate"]["layout"]["yaxis"] |= {"type": "linear"}
    return specs


def _chart(
    title: str, epochs: list[int], lines: Mapping[str, Sequence[float | None]], colours: Mapping[str, str]
) -> dict[str, Any]:
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers" if len(epochs) < 40 else "lines",
            "name": label(name),
            "x": epochs,
            "y": short((float("nan") if value is None else value for value in values), 4),
            "line": {
                "color": colours[name],
                "width": 1.6 if name in YARDSTICKS else 2.4,
                "dash": "dash" if name in YARDSTICKS else "solid",
            },
            "hovertemplate": f"{label(name)}<br>epoch %{{x}}: %{{y:.4g}}<extra></extra>",
        }
        for name, values in lines.items()
    ]
    layout = PAPER | {
        "height": 340,
        "showlegend": len(traces) > 1,
        "legend": LEGEND,
        "xaxis": {"title": {"text": "epoch"}, "rangemode": "tozero"},
        "yaxis": {"title": {"text": title}, "type": "log", "nticks": 8},
    }
    return {"data": traces, "layout": layout}


def last_epochs(points: Sequence[Point]) -> dict[str, Any]:
    """Return the last points as numbers, for readers who cannot see the charts."""
    names = list(dict.fromkeys(name for point in points for name in point.figures))
    rows = [
        {"epoch": p.epoch, "step": p.step, "figures": [p.figures.get(name, float("nan")) for name in names]}
        for p in points[-LAST:]
    ]
    return {"names": [label(name) for name in names], "rows": rows, "all": len(rows) == len(points)}
