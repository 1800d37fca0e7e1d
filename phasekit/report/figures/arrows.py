"""Arrows around an isosurface: the incident and the scattered beam, and the scattering vector."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from phasekit.analysis.volume import Volume

COLOURS = {"k_i": "var(--incident)", "k_f": "var(--scattered)", "q": "var(--accent)"}

LENGTH, HEAD, GAP, BEYOND = 0.8, 0.2, 0.12, 0.18
"""Lengths of arrow, head, gap to the surface and to the name, relative to the crystal's largest radius."""


def arrows_of(volume: Volume | None) -> dict[str, np.ndarray]:
    """Return the directions of a volume, by name."""
    if volume is None:
        return {}
    directions = {"k_i, incident beam": volume.k_i, "k_f, scattered": volume.k_f, "q = k_f − k_i": volume.q}
    return {name: vector for name, vector in directions.items() if vector is not None}


def arrows(places: np.ndarray, vectors: Mapping[str, np.ndarray]) -> list[dict[str, Any]]:
    """Return plotly traces, a line and a cone for each of `vectors` (3,), around a surface of points (points, 3).

    Names begin with k_i, k_f or q. k_i ends at the surface, the others begin there; lengths have no meaning.
    Line and cone of an arrow are one item of the legend.
    """
    radius = float(np.linalg.norm(places, axis=1).max())
    traces = []
    for name, vector in vectors.items():
        kind = re.split(r"[, ]", name)[0]
        along = vector / np.linalg.norm(vector)
        incoming = kind == "k_i"
        outer = (places @ (-along if incoming else along)).max() + GAP * radius
        tail, tip = (-outer - LENGTH * radius, -outer) if incoming else (outer, outer + LENGTH * radius)
        colour = COLOURS[kind]
        neck = along * (tip - HEAD * radius)
        label = along * (tail - BEYOND * radius if incoming else tip + BEYOND * radius)
        ends = np.stack([along * tail, neck])
        same = {"legendgroup": name, "name": name, "hoverinfo": "name"}
        traces.append(
            same
            | {"type": "scatter3d", "mode": "lines+text", "line": {"color": colour, "width": 6}, "showlegend": True}
            # a gap in the line, then the place of the name
            | {letter: [*ends[:, i].tolist(), None, float(label[i])] for i, letter in enumerate("xyz")}
            | {"text": ["", "", "", kind], "textfont": {"color": colour, "size": 15}, "textposition": "middle center"}
        )
        traces.append(
            same
            | {"type": "cone", "anchor": "tail", "sizemode": "raw", "sizeref": 1, "showscale": False}
            | {letter: [float(value)] for letter, value in zip("xyz", neck, strict=True)}
            | {letter: [float(value)] for letter, value in zip("uvw", along * HEAD * radius, strict=True)}
            | {"colorscale": [[0, colour], [1, colour]], "showlegend": False}
        )
    return traces
