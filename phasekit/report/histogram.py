"""The histogram of a crystal's strain."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from phasekit.report.crystal import WORDS, Crystal
from phasekit.report.ink import Ink

BINS = 80

COLOURS = {"strain": "#c77700", "strain_own": "#2f7fd6"}
"""Seen on light and on dark paper, and by the colour-blind."""


def histogram(crystal: Crystal, ink: Ink) -> Figure:
    """Draw how often each strain occurs in the crystal, with mean and standard deviation in the legend."""
    factor, unit = crystal.strain_unit
    figure = Figure(figsize=(8.2, 3.4), layout="compressed", facecolor="none")
    axis: Any = figure.subplots()
    axis.set_facecolor("none")
    told = {name: crystal.known(name) * factor for name in crystal.strains}
    edges = np.linspace(*span(np.concatenate(list(told.values()))), BINS + 1)
    for name, known in told.items():
        words = f"{WORDS[name]}: {crystal.strain(name)}"
        style = {"color": COLOURS[name], "label": words}
        axis.hist(known, edges, weights=np.full(known.size, 100 / known.size), alpha=0.35, **style | {"label": None})
        axis.hist(known, edges, weights=np.full(known.size, 100 / known.size), histtype="step", lw=1.5, **style)
        axis.axvline(known.mean(), color=COLOURS[name], lw=1.2, ls="--")
    axis.set_xlabel(f"strain ({unit}); + is expansion", color=ink.text, fontsize=9.5)
    axis.set_ylabel("voxels of the crystal (%)", color=ink.text, fontsize=9.5)
    axis.tick_params(colors=ink.text, color=ink.line, labelsize=8.5)
    axis.spines[["top", "right"]].set_visible(False)
    axis.spines[["left", "bottom"]].set_color(ink.line)
    axis.legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False, fontsize=9, labelcolor=ink.text)
    return figure


def span(values: np.ndarray) -> tuple[float, float]:
    """Return the 0.2 % and 99.8 % points and a margin: single voxels beyond would squeeze the rest."""
    low, high = (float(v) for v in np.quantile(values, [0.002, 0.998]))
    margin = 0.08 * (high - low) or max(abs(low) * 1e-3, 1e-9)
    return low - margin, high + margin
