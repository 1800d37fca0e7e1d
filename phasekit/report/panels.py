"""Rows of images with one colour scale each: what every figure of a report is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from phasekit.report.ink import Ink
from phasekit.report.plane import Plane

WIDTH = 11.0
"""Inches; what the page shows at its full width."""


@dataclass(frozen=True)
class Row:
    """One quantity, shown in several planes with the same colours."""

    title: str
    values: np.ndarray
    """(*space) real; NaN is drawn as missing."""
    colours: str
    """A matplotlib colour map."""
    scale: Normalize
    label: str
    ticks: tuple[tuple[float, str], ...] = ()
    """Places and texts on the colour bar, where the usual ones will not do."""
    marked: np.ndarray | None = None
    """(*space) bool: voxels to draw a line around."""


def draw(rows: Sequence[Row], cuts: Sequence[Plane], ink: Ink) -> Figure:
    """Draw each row's quantity in each plane: a grid, or side by side where there is one plane only."""
    flat = len(cuts) == 1
    count = (1, len(rows)) if flat else (len(rows), len(cuts))
    column = WIDTH / max(count[1], 2.5)
    tallest = max(min(cut.tall, 1.4) for cut in cuts)
    size = (column * count[1], count[0] * (column * 0.8 * tallest + 0.75))
    figure = Figure(figsize=size, layout="compressed", facecolor="none")
    axes: Any = figure.subplots(*count, squeeze=False)
    for r, row in enumerate(rows):
        places = [axes[0, r]] if flat else list(axes[r])
        drawn = [_image(axis, row, cut, ink) for axis, cut in zip(places, cuts, strict=True)]
        _colour_bar(figure, drawn[-1], places, row, ink)
        for axis, cut in zip(places, cuts, strict=True):
            axis.set_title(row.title if flat else cut.title if r == 0 else "", color=ink.text, fontsize=10)
        if not flat:
            places[0].set_ylabel(f"{row.title}\n\n{cuts[0].up}", color=ink.text, fontsize=9.5)
    return figure


def _image(axis: Axes, row: Row, cut: Plane, ink: Ink) -> Any:
    colours = mpl.colormaps[row.colours].with_extremes(bad=ink.missing)
    values = np.ma.masked_invalid(cut.of(row.values))
    drawn = axis.imshow(
        values, cmap=colours, norm=row.scale, extent=cut.extent, origin="lower", interpolation="nearest"
    )
    if row.marked is not None and cut.of(row.marked).any():
        left, right, bottom, top = cut.extent
        marked = cut.of(row.marked)
        across = left + (np.arange(marked.shape[1]) + 0.5) * (right - left) / marked.shape[1]
        up = bottom + (np.arange(marked.shape[0]) + 0.5) * (top - bottom) / marked.shape[0]
        axis.contour(across, up, marked.astype(float), [0.5], colors=[ink.mark], linewidths=0.9)
    axis.set_xlabel(cut.across, color=ink.text, fontsize=9.5)
    axis.set_ylabel(cut.up, color=ink.text, fontsize=9.5)
    axis.tick_params(colors=ink.text, color=ink.line, labelsize=8.5)
    for spine in axis.spines.values():
        spine.set_color(ink.line)
    return drawn


def _colour_bar(figure: Figure, drawn: Any, places: Sequence[Axes], row: Row, ink: Ink) -> None:
    bar = figure.colorbar(drawn, ax=places, shrink=0.86, aspect=24, pad=0.015)
    bar.set_label(row.label, color=ink.text, fontsize=9.5)
    if row.ticks:
        bar.set_ticks([place for place, _ in row.ticks], labels=[text for _, text in row.ticks])
    bar.ax.tick_params(colors=ink.text, color=ink.line, labelsize=8.5)
    bar.outline.set_edgecolor(ink.line)
