"""The first validation samples beside the network's answers."""

from __future__ import annotations

from functools import partial
from typing import Any

import matplotlib as mpl
import numpy as np
import torch
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure

from phasekit.report.figures.drawing import Drawing
from phasekit.report.figures.ink import Ink
from phasekit.report.figures.panels import DIVERGING
from phasekit.report.figures.slices import PHASE_COLOURS, PHASE_TICKS
from phasekit.training.train import Trained

TITLES = ("true amplitude", "answer's amplitude", "true phase", "answer's phase")


def samples_drawing(trained: Trained) -> Drawing:
    """Return the validation objects and answers of a training, a row for each, with one scale for all phases."""
    return Drawing("samples", partial(_painted, trained))


def _painted(trained: Trained, ink: Ink) -> Figure:
    count = len(trained.truth)
    figure = Figure(figsize=(10.5, 2.45 * count + 0.3), layout="compressed", facecolor="none")
    axes: Any = figure.subplots(count, 4, squeeze=False)
    span = phase_span(trained.truth)
    for place, (true, answer) in enumerate(zip(trained.truth, trained.answers, strict=True)):
        middle = _middle(true)
        images = _images(_levelled(middle, middle), _levelled(_middle(answer), middle), span, ink)
        for axis, (values, style), title in zip(axes[place], images, TITLES, strict=True):
            drawn = axis.imshow(values, origin="lower", interpolation="nearest", **style)
            axis.set_title(title if place == 0 else "", color=ink.text, fontsize=10)
            axis.set_xticks([])
            axis.set_yticks([])
            axis.set_facecolor(ink.missing)
            axis.spines[:].set_color(ink.line)
        bar = figure.colorbar(drawn, ax=list(axes[place]), shrink=0.86, pad=0.015)
        bar.set_label("phase (rad)", color=ink.text, fontsize=9.5)
        if span == np.pi:
            bar.set_ticks([tick for tick, _ in PHASE_TICKS], labels=[text for _, text in PHASE_TICKS])
        bar.ax.tick_params(colors=ink.text, color=ink.line, labelsize=8.5)
        bar.outline.set_edgecolor(ink.line)
    return figure


def _images(true: np.ndarray, answer: np.ndarray, span: float, ink: Ink) -> list[tuple[np.ndarray, dict[str, Any]]]:
    """Return both amplitudes, then both phases inside the true object, each with its colours."""
    inside = np.abs(true) > 0.1 * np.abs(true).max()
    largest = float(np.abs(true).max()) or 1.0
    amplitude = {"cmap": mpl.colormaps["viridis"], "norm": Normalize(0, largest)}
    phase = {"cmap": phase_colours(span).with_extremes(bad=ink.missing), "norm": Normalize(-span, span)}
    phases = [np.ma.masked_where(~inside, np.angle(object)) for object in (true, answer)]
    return [*((np.abs(object), amplitude) for object in (true, answer)), *((values, phase) for values in phases)]


def _middle(object: torch.Tensor) -> np.ndarray:
    """Return an object, in 3-D its middle slice across the first axis."""
    values = object.resolve_conj().numpy()
    return np.asarray(values[len(values) // 2] if values.ndim == 3 else values)


def _levelled(object: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Remove the mean phase of the truth."""
    return np.asarray(object * np.exp(-1j * np.angle(truth.sum())))


def phase_span(truth: torch.Tensor) -> float:
    """Return the largest phase of the colour scale, at most π."""
    cuts = [_levelled(_middle(object), _middle(object)) for object in truth]
    most = max((float(np.quantile(np.abs(np.angle(c[np.abs(c) > 0])), 0.99)) for c in cuts if np.any(c)), default=1.0)
    return float(np.pi) if most > 0.8 * np.pi else max(most, 1e-3)


def phase_colours(span: float) -> Colormap:
    """Return a cyclic colour map if phases wrap around, otherwise a diverging one."""
    return mpl.colormaps[PHASE_COLOURS if span == np.pi else DIVERGING]
