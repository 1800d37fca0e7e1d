"""Displacement and strain as rows of images and as a histogram, with suitable scales."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from phasekit.report.figures.ink import Ink
from phasekit.report.figures.panels import DIVERGING, PanelRow, rounded_up
from phasekit.report.reconstruction.volume_summary import STRAINS, VolumeSummary

BINS = 80

COLOURS = {"strain": "#c77700", "strain_own": "#2f7fd6"}
"""Visible on light and dark backgrounds, and to the colour-blind."""


def strain_rows(summary: VolumeSummary) -> list[PanelRow]:
    """Return displacement and strains, where known, on scales symmetric about zero; pale outside the surface."""
    quantities = {"displacement": ("displacement", *summary.length_unit)}
    quantities |= {name: (STRAINS[name], *summary.strain_unit) for name in summary.strains}
    rows, faint = [], summary.view.support & ~summary.view.inside
    for name, (title, factor, unit) in quantities.items():
        if (values := summary.field(name)) is not None:
            limit = rounded_up(factor * summary.reach(name))
            scale, label = Normalize(-limit, limit), f"{title.split()[0]} ({unit})"
            rows.append(PanelRow(title, values * factor, DIVERGING, scale, label, faint=faint))
    return rows


def deviation_units(summary: VolumeSummary) -> dict[str, tuple[float, str]]:
    """Return the quantities with standard deviations over seeds, each with factor and unit."""
    largest = float(np.nanmax(summary.volume.fields["amplitude"])) or 1.0
    return {
        "amplitude": (1 / largest, "of maximum"),
        "phase": (1.0, "rad"),
        "displacement": summary.length_unit,
        **dict.fromkeys(summary.strains[:1], summary.strain_unit),
    }


def deviation_rows(summary: VolumeSummary) -> dict[str, PanelRow]:
    """Return the volume's standard deviations over seeds, by the quantity's name."""
    rows, faint = {}, summary.view.support & ~summary.view.inside
    for name, (factor, unit) in deviation_units(summary).items():
        if (values := summary.field(f"{name}_std")) is not None:
            scale = Normalize(0, rounded_up(factor * summary.reach(f"{name}_std")))
            rows[name] = PanelRow(name, values * factor, "cividis", scale, f"σ ({unit})", faint=faint)
    return rows


def histogram(summary: VolumeSummary, ink: Ink) -> Figure:
    """Draw the histogram of each strain inside the surface, with mean and standard deviation in the legend."""
    factor, unit = summary.strain_unit
    figure = Figure(figsize=(8.2, 3.4), layout="compressed", facecolor="none")
    axis: Any = figure.subplots()
    axis.set_facecolor("none")
    strains = {name: summary.inside(name) * factor for name in summary.strains}
    edges = np.linspace(*span(np.concatenate(list(strains.values()))), BINS + 1)
    for name, values in strains.items():
        style: dict[str, Any] = {"color": COLOURS[name], "weights": np.full(values.size, 100 / values.size)}
        axis.hist(values, edges, alpha=0.35, **style)
        axis.hist(values, edges, histtype="step", lw=1.5, label=f"{STRAINS[name]}: {summary.strain(name)}", **style)
        axis.axvline(values.mean(), color=COLOURS[name], lw=1.2, ls="--")
    axis.set_xlabel(f"strain ({unit}); + is expansion", color=ink.text, fontsize=9.5)
    axis.set_ylabel("voxels of the crystal (%)", color=ink.text, fontsize=9.5)
    axis.tick_params(colors=ink.text, color=ink.line, labelsize=8.5)
    axis.spines[["top", "right"]].set_visible(False)
    axis.spines[["left", "bottom"]].set_color(ink.line)
    axis.legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False, fontsize=9, labelcolor=ink.text)
    return figure


def span(values: np.ndarray) -> tuple[float, float]:
    """Return the 0.2 % and 99.8 % points and a margin: single voxels beyond would compress the rest."""
    low, high = (float(v) for v in np.quantile(values, [0.002, 0.998]))
    margin = 0.08 * (high - low) or max(abs(low) * 1e-3, 1e-9)
    return low - margin, high + margin
