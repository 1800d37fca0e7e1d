"""The uncertainty of a comparison's phases, displacements and strains: a table, and slices."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from matplotlib.colors import LogNorm, Normalize

from phasekit.analysis.uncertainty import SUITE_COVERAGE
from phasekit.comparing.comparison import Comparison
from phasekit.comparing.estimate import Estimate, estimates
from phasekit.core.geometry import Geometry
from phasekit.report.comparison.cells import cell_of
from phasekit.report.figures.drawing import Drawing
from phasekit.report.figures.panels import DIVERGING, PanelRow, draw, rounded_up
from phasekit.report.figures.picture import Picture
from phasekit.report.figures.slices import object_rows
from phasekit.report.figures.view import View, around, middle

QUANTITIES = {
    "phase_std": ("standard deviation", 1.0, "σ (rad)"),
    "displacement": ("displacement", 1e3, "u (pm)"),
    "displacement_std": ("standard deviation", 1e3, "σ (pm)"),
    "strain": ("strain along h", 1e4, "ε (10⁻⁴)"),
    "strain_std": ("standard deviation", 1e4, "σ (10⁻⁴)"),
}
"""Field -> title, factor, unit of its colours."""

COLUMNS = {
    "amplitude (%)": ("amplitude_std", 100.0),
    "phase, starts (rad)": ("phase_scatter", 1.0),
    "phase (rad)": ("phase_std", 1.0),
    "displacement (pm)": ("displacement_std", 1e3),
    "strain (10⁻⁴)": ("strain_std", 1e4),
    "coverage (%)": ("coverage", 100.0),
}
"""Heading -> figure, factor."""


def uncertainty(comparison: Comparison) -> dict[str, Any]:
    """Return the uncertainties of every solver on every problem, and their coverage on the benchmark suite."""
    coverage = {key: 100 * SUITE_COVERAGE[key] for key in ("mean", "lowest", "highest")}
    problems = {}
    for problem, measured in comparison.contest.problems.items():
        if estimated := estimates(comparison, problem):
            pictures = slices(estimated, measured.geometry)
            problems[problem] = [_estimate_facts(estimate, pictures[estimate.name]) for estimate in estimated]
    return {
        "coverage": coverage | {"pairs": SUITE_COVERAGE["pairs"]},
        "columns": [*COLUMNS],
        "several": len(comparison.contest.problems) > 1,
        "problems": problems,
    }


def _estimate_facts(estimate: Estimate, drawings: dict[str, Drawing]) -> dict[str, Any]:
    figures = estimate.facts()
    values = [(figures[key], factor) for key, factor in COLUMNS.values()]
    return {
        "name": estimate.name,
        "objects": estimate.count,
        "cells": [cell_of(None if value is None else factor * value) for value, factor in values],
        "pictures": {what: Picture.of(drawing) for what, drawing in drawings.items()},
    }


def slices(estimated: list[Estimate], geometry: Geometry) -> dict[str, dict[str, Drawing]]:
    """Return the slices of every estimate, "phase" and, if known, "lattice".

    All share one frame, and one scale for each quantity.
    """
    views = {estimate.name: View.through(estimate.object, estimate.support, geometry) for estimate in estimated}
    together = np.any([view.support for view in views.values()], axis=0)
    views = {name: replace(view, centre=middle(together), box=around(together)) for name, view in views.items()}
    scales = {name: _scale(estimated, name, factor) for name, (_, factor, _) in QUANTITIES.items()}
    drawings: dict[str, dict[str, Drawing]] = {}
    for estimate in estimated:
        view = views[estimate.name]
        rows = {
            name: PanelRow(title, factor * np.where(view.support, estimate.fields[name], np.nan), *scales[name], unit)
            for name, (title, factor, unit) in QUANTITIES.items()
            if name in estimate.fields
        }
        strips = {"phase": [object_rows(view)[1], rows.pop("phase_std")], "lattice": [*rows.values()]}
        drawings[estimate.name] = {
            what: Drawing(f"uncertainty-{estimate.name}", partial(draw, strip, view.planes[:1]))
            for what, strip in strips.items()
            if strip
        }
    return drawings


def _scale(estimated: list[Estimate], name: str, factor: float) -> tuple[str, Normalize]:
    """Return colours and their scale, the same for all; logarithmic for standard deviations."""
    sizes = [
        factor * np.abs(estimate.fields[name][estimate.inside]) for estimate in estimated if name in estimate.fields
    ]
    values = np.concatenate([np.zeros(0), *sizes])
    values = values[np.isfinite(values) & (values > 0)]
    low, high = np.quantile(values, [0.02, 0.98]) if values.size else (0.1, 1.0)
    if name.endswith("_std"):
        return "magma", LogNorm(min(low, high / 2), high, clip=True)
    return DIVERGING, Normalize(-rounded_up(high), rounded_up(high))
