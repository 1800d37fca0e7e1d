"""Rows of images with one colour scale each, the elements of all figures of a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from mpl_toolkits.axes_grid1.anchored_artists import AnchoredSizeBar  # type: ignore[import-untyped]  # has no types

from phasekit.report.figures.ink import Ink
from phasekit.report.figures.plane import Plane

WIDTH = 11.0
"""Inches; shown at the full width of the page."""

TALLEST = 4.5
"""Inches, of one panel."""

NARROWEST = 0.4
"""Smallest width of a panel relative to the widest, to leave room for labels."""


@dataclass(frozen=True)
class PanelRow:
    """One quantity, shown in several planes with the same colours."""

    title: str
    values: np.ndarray
    """(*space) real; NaN is drawn as missing."""
    colours: str
    """A matplotlib colour map."""
    scale: Normalize
    label: str
    ticks: tuple[tuple[float, str], ...] = ()
    """Positions and texts on the colour bar; by default automatic."""
    marked: np.ndarray | None = None
    """(*space) bool: voxels to outline."""
    faint: np.ndarray | None = None
    """(*space) bool: voxels to draw pale, with little information."""


FAINT = 0.35
"""Opacity of a pale voxel."""

DIVERGING = "RdBu_r"
"""Red is positive: expansion, or displacement along +h."""


def draw(rows: Sequence[PanelRow], cuts: Sequence[Plane], ink: Ink) -> Figure:
    """Draw each row's quantity in each plane: a grid, or side by side if there is only one plane.

    All panels have one scale, except that none is narrower than `NARROWEST` allows.
    """
    flat = len(cuts) == 1
    count = (1, len(rows)) if flat else (len(rows), len(cuts))
    across = [cut.extent[1] - cut.extent[0] for cut in cuts] * (len(rows) if flat else 1)
    across = [max(length, NARROWEST * max(across)) for length in across]
    tallest = max(cut.extent[3] - cut.extent[2] for cut in cuts)
    width = WIDTH * min(1, count[1] / 2.5)
    height = min(0.8 * width * tallest / sum(across), TALLEST)
    figure = Figure(figsize=(width, count[0] * (height + 0.75)), layout="compressed", facecolor="none")
    bar = min((cut.bar for cut in cuts if cut.bar), default=None)
    axes: Any = figure.subplots(*count, squeeze=False, width_ratios=across)
    for r, row in enumerate(rows):
        places = [axes[0, r]] if flat else list(axes[r])
        drawn = [_image(axis, row, cut, bar, ink) for axis, cut in zip(places, cuts, strict=True)]
        _colour_bar(figure, drawn[-1], places, row, ink)
        for axis, cut in zip(places, cuts, strict=True):
            axis.set_title(row.title if flat else cut.title if r == 0 else "", color=ink.text, fontsize=10)
        if not flat:
            places[0].set_ylabel(f"{row.title}\n\n{cuts[0].up}", color=ink.text, fontsize=9.5)
    return figure


def _image(axis: Axes, row: PanelRow, cut: Plane, bar: float | None, ink: Ink) -> Any:
    colours = mpl.colormaps[row.colours].with_extremes(bad=ink.missing)
    values = np.ma.masked_invalid(cut.of(row.values))
    strength = None if row.faint is None else np.where(cut.of(row.faint), FAINT, 1.0)
    style: dict[str, Any] = {"cmap": colours, "norm": row.scale, "alpha": strength}
    drawn = axis.imshow(values, extent=cut.extent, origin="lower", interpolation="nearest", **style)
    if row.marked is not None and cut.of(row.marked).any():
        left, right, bottom, top = cut.extent
        marked = cut.of(row.marked)
        across = left + (np.arange(marked.shape[1]) + 0.5) * (right - left) / marked.shape[1]
        up = bottom + (np.arange(marked.shape[0]) + 0.5) * (top - bottom) / marked.shape[0]
        axis.contour(across, up, marked.astype(float), [0.5], colors=[ink.mark], linewidths=0.9)
    axis.set_xlabel(cut.across, color=ink.text, fontsize=9.5)
    axis.set_ylabel(cut.up, color=ink.text, fontsize=9.5)
    axis.locator_params(nbins=7)
    axis.set_facecolor(ink.missing)  # the background of pale voxels
    axis.tick_params(colors=ink.text, color=ink.line, labelsize=8.5)
    for spine in axis.spines.values():
        spine.set_color(ink.line)
    if bar is not None:
        axis.add_artist(_scale_bar(axis, bar, f"{bar:g} {cut.unit}", ink))
    return drawn


def _scale_bar(axis: Axes, length: float, label: str, ink: Ink) -> Any:
    top = axis.get_ylim()[1] - axis.get_ylim()[0]
    made = AnchoredSizeBar(
        *(axis.transData, length, label, "lower right"),
        size_vertical=0.012 * top,
        color=ink.text,
        pad=0.3,
        borderpad=0.4,
        sep=3,
        fontproperties={"size": 8},
    )
    made.patch.set(facecolor=ink.paper, edgecolor="none", alpha=0.75)
    return made


def _colour_bar(figure: Figure, drawn: Any, places: Sequence[Axes], row: PanelRow, ink: Ink) -> None:
    bar = figure.colorbar(drawn, ax=places, shrink=0.86, aspect=24, pad=0.015)
    bar.set_label(row.label, color=ink.text, fontsize=9.5)
    if row.ticks:
        bar.set_ticks([place for place, _ in row.ticks], labels=[text for _, text in row.ticks])
    bar.ax.tick_params(colors=ink.text, color=ink.line, labelsize=8.5)
    bar.outline.set_edgecolor(ink.line)


def rounded_up(value: float) -> float:
    """Return `value` rounded up to two digits, for the end of a scale; a tiny number for zero."""
    if not value > 1e-12:
        return 1e-12
    step = 10.0 ** (floor(log10(value)) - 1)
    return float(f"{ceil(value / step - 1e-9) * step:.6g}")
