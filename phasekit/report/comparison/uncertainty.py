"""How sure a comparison's phases, displacements and strains are: a table, slices, and the measured coverage."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from matplotlib.colors import LogNorm, Normalize

from phasekit.analysis.uncertainty import SUITE_COVERAGE
from phasekit.comparing.comparison import Comparison
from phasekit.comparing.estimate import Estimate, estimates
from phasekit.core.geometry import Geometry
from phasekit.report.comparison.tables import Cell, cell_of, sortable
from phasekit.report.figures.drawing import Drawing
from phasekit.report.figures.panels import DIVERGING, PanelRow, draw
from phasekit.report.figures.panels import rounded_up as rounded
from phasekit.report.figures.slices import object_rows
from phasekit.report.figures.view import View, around, middle
from phasekit.report.markup import Markup, element, section
from phasekit.report.old_page import figure

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

CAPTION = (
    "Median standard deviations inside the object's surface: of the amplitude, the strain and (starts) the phase over "
    "the starts that agree with the best; of the phase itself, and of the displacement that follows from it, by how "
    "far the mean of those starts moves when it is refined in a support one voxel wider, by their number and by "
    "photon noise, with factors fitted on simulations. Together: the standard deviation over the solvers' means. None "
    "shows an error that all share and that the data do not contradict."
)


def uncertainty_section(comparison: Comparison) -> Markup:
    """Return the section "Uncertainty" of the page."""
    shown: list[Markup] = []
    for problem, measured in comparison.contest.problems.items():
        told = estimates(comparison, problem)
        if not told:
            continue
        if len(comparison.contest.problems) > 1:
            shown.append(element("h3", problem))
        shown.append(_table(told, f"uncertainty-{len(shown)}"))
        for name, drawings in slices(told, measured.geometry).items():
            shown.append(element("div", element("h4", name), *map(figure, drawings), data_solver=name))
    nothing = element("p", "No solver gave an object.")
    return section(
        "uncertainty", "Uncertainty", *([element("p", _coverage(), class_="note"), *shown] if shown else [nothing])
    )


def _coverage() -> str:
    mean, low, high, pairs = (SUITE_COVERAGE[key] for key in ("mean", "lowest", "highest", "pairs"))
    return (
        "Coverage is the part of the voxels inside the surface whose true phase lies within one standard deviation: "
        "68 % where that is right. In the table it is measured on these data, where their truth is known. On the noisy "
        f"problems of the benchmark suite it is {100 * mean:.0f} % in the mean of {pairs:.0f} pairs of problem and "
        f"solver, and {100 * low:.0f} to {100 * high:.0f} % for single ones, with factors fitted on other objects: on "
        "one data set a standard deviation may well be wrong by a factor of 1.5, and on few by much more."
    )


def _table(told: list[Estimate], name: str) -> Markup:
    body = []
    for one in told:
        facts = one.facts()
        cells = [Cell(one.name, one.name), Cell(str(one.count), float(one.count))]
        for key, scale in COLUMNS.values():
            value = facts[key]
            cells.append(cell_of(None if value is None else scale * value))
        body.append((one.name, cells, [False] * len(cells)))
    return sortable(["", "objects", *COLUMNS], body, CAPTION, name)


def slices(told: list[Estimate], geometry: Geometry) -> dict[str, list[Drawing]]:
    """Return the slices of every estimate, in one frame and with one scale for each quantity."""
    views = {one.name: View.through(one.object, one.support, geometry) for one in told}
    together = np.any([view.support for view in views.values()], axis=0)
    views = {name: replace(view, centre=middle(together), box=around(together)) for name, view in views.items()}
    scales = {name: _scale(told, name, factor) for name, (_, factor, _) in QUANTITIES.items()}
    found = {}
    for one in told:
        view = views[one.name]
        rows = {
            name: PanelRow(title, factor * np.where(view.support, one.fields[name], np.nan), *scales[name], unit)
            for name, (title, factor, unit) in QUANTITIES.items()
            if name in one.fields
        }
        found[one.name] = [_strip(one, view, [object_rows(view)[1], rows.pop("phase_std")], "mean phase")]
        if rows:
            found[one.name].append(_strip(one, view, [*rows.values()], "displacement and strain of the mean"))
    return found


def _strip(one: Estimate, view: View, rows: list[PanelRow], what: str) -> Drawing:
    caption = f"{one.name}: {what} of {one.count} object{'s' * (one.count > 1)}, and the standard deviation."
    return Drawing(f"uncertainty-{one.name}", partial(draw, rows, view.planes[:1]), caption, f"slices. {caption}")


def _scale(told: list[Estimate], name: str, factor: float) -> tuple[str, Normalize]:
    """Return colours and their scale, the same for all: of deviations, which differ much, a logarithmic one."""
    known = [factor * np.abs(one.fields[name][one.inside]) for one in told if name in one.fields]
    values = np.concatenate([np.zeros(0), *known])
    values = values[np.isfinite(values) & (values > 0)]
    low, high = np.quantile(values, [0.02, 0.98]) if values.size else (0.1, 1.0)
    if name.endswith("_std"):
        return "magma", LogNorm(min(low, high / 2), high, clip=True)
    return DIVERGING, Normalize(-rounded(high), rounded(high))
