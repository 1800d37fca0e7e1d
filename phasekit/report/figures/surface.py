"""The isosurface of the amplitude, coloured by phase, displacement or strain, in true proportions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_hex
from scipy.ndimage import distance_transform_edt, gaussian_filter, map_coordinates
from skimage.measure import marching_cubes

from phasekit.report.figures.arrows import arrows
from phasekit.report.figures.chart import short
from phasekit.report.figures.panels import PanelRow
from phasekit.report.figures.slices import PHASE_COLOURS
from phasekit.report.figures.view import LEVEL, View

LEVELS = (LEVEL, 0.3, 0.7)
"""Levels of the surfaces, relative to the robust maximum; the first is shown first."""

FACES = 30_000
"""Largest number of points; a larger surface is made on a coarser grid, so that the page stays small."""

COLOURS = 64

NEAR = 2.0
"""Largest distance, in voxels, to the nearest known value that gives a point its colour."""


def isosurface(
    view: View, colourings: Sequence[PanelRow], vectors: Mapping[str, np.ndarray] | None = None
) -> dict[str, Any] | None:
    """Return a plotly chart with one mesh per level; None in 2-D or if no level is crossed.

    The page's script colours a mesh by one of `colourings`, which have the shape of the view. `vectors` (3,) by
    name are drawn as arrows around the crystal; see `arrows`.
    """
    if view.object.ndim != 3:
        return None
    amplitude = np.abs(view.object)
    top = view.robust_maximum
    meshes = {level: mesh for level in LEVELS if (mesh := _surface(view, amplitude, level * top)) is not None}
    if not meshes:
        return None
    labels = {level: f"{level:.0%} of maximum" for level in meshes}
    painted = {row.title: (row, *_filled(view, row)) for row in colourings}
    data = []
    for level, (index, faces) in meshes.items():
        values = {title: _sampled(*rest, index - _start(view)) for title, rest in painted.items()}
        data.append(_mesh(view, index, faces, values) | {"meta": {"level": labels[level]}})
    index = next(iter(meshes.values()))[0]
    data += [_colour_key(_places(view, index)[0], row) | {"meta": {"colour": row.title}} for row in colourings]
    drawn = arrows(_places(view, index), vectors or {})
    return {
        "data": [*data, *drawn],
        "layout": _layout(view, bool(drawn)),
        "choices": {"level": list(labels.values()), "colour": list(painted)},
        "colourings": {row.title: _colouring(row) for row in colourings},
    }


def _surface(view: View, amplitude: np.ndarray, threshold: float) -> tuple[np.ndarray, np.ndarray] | None:
    """Return where the amplitude crosses `threshold`: fractional indices (points, 3) and triangles (faces, 3)."""
    field = np.pad(amplitude[view.box], 1)  # closes a surface that meets the array's edge
    if not field.min() < threshold < field.max():
        return None
    step = 1
    points, faces = _cubes(field, threshold, 1)
    while len(faces) > FACES and step < 8:
        step += 1
        # Skipping voxels of an unsmoothed field would leave steps.
        points, faces = _cubes(gaussian_filter(field, step / 3), threshold, step)
    if len(faces) == 0:
        return None
    if np.linalg.det(view.basis) > 0:
        faces = faces[:, ::-1]  # marching cubes orients faces inwards in a right-handed array
    return points - 1 + _start(view), faces


def _cubes(field: np.ndarray, threshold: float, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the surface's points (points, 3) as fractional indices, and its triangles (faces, 3)."""
    points, faces, _, _ = marching_cubes(field, threshold, step_size=step)  # type: ignore[no-untyped-call]  # scikit-image has no types
    return points, faces


def _start(view: View) -> np.ndarray:
    return np.array([part.start for part in view.box])


def _places(view: View, index: np.ndarray) -> np.ndarray:
    """Return x, y, z (points, 3) of fractional indices, in the view's unit."""
    places: np.ndarray = (index - np.array(view.centre)) @ view.basis
    return places


def _mesh(view: View, index: np.ndarray, faces: np.ndarray, values: Mapping[str, np.ndarray]) -> dict[str, Any]:
    places = _places(view, index)
    return {
        "type": "mesh3d",
        **{letter: short(places[:, column].tolist()) for column, letter in enumerate("xyz")},
        **{letter: faces[:, column].tolist() for column, letter in enumerate("ijk")},
        "values": {title: short(colours.tolist(), 4) for title, colours in values.items()},
        "lighting": {"ambient": 0.6, "diffuse": 0.6, "specular": 0.15, "roughness": 0.7},
        "lightposition": {"x": 1000, "y": 2000, "z": 1000},
        "flatshading": False,
    }


def _filled(view: View, row: PanelRow) -> tuple[np.ndarray, np.ndarray]:
    """Return a quantity in the view's box with gaps filled from the nearest voxel, and how far that is, voxels."""
    values = row.values[view.box]
    gaps = ~np.isfinite(values)
    if row.faint is not None:  # the surface lies on the border to these
        gaps |= row.faint[view.box]
    if gaps.all():
        return values, np.full(values.shape, np.inf)
    distance, nearest = distance_transform_edt(gaps, return_indices=True)
    return values[tuple(nearest)], distance


def _sampled(row: PanelRow, values: np.ndarray, distance: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Return a quantity at fractional indices (points, 3) of the box; NaN beyond `NEAR` voxels of where it is known."""

    def at(field: np.ndarray) -> np.ndarray:
        sampled: np.ndarray = map_coordinates(field, index.T, order=1, mode="nearest")
        return sampled

    # Between −π and π an angle is no mean of its neighbours.
    sampled = np.arctan2(at(np.sin(values)), at(np.cos(values))) if row.colours == PHASE_COLOURS else at(values)
    return np.where(at(np.minimum(distance, 1e3)) <= NEAR, sampled, np.nan)


def _palette(row: PanelRow, count: int) -> list[str]:
    return [to_hex(colour) for colour in mpl.colormaps[row.colours](np.linspace(0, 1, count))]


def _colouring(row: PanelRow) -> dict[str, Any]:
    """Return how the page's script makes colours of values.

    Colours by vertex: an intensity would run through the whole scale where the phase jumps from π to −π.
    """
    return {"low": row.scale.vmin, "high": row.scale.vmax, "palette": _palette(row, COLOURS), "label": row.label}


def _colour_key(place: np.ndarray, row: PanelRow) -> dict[str, Any]:
    """Return an invisible point that carries the colour bar, which meshes coloured by vertex cannot have."""
    bar: dict[str, Any] = {"title": {"text": row.label}, "thickness": 14, "len": 0.7}
    if row.ticks:
        bar |= {"tickvals": [value for value, _ in row.ticks], "ticktext": [text for _, text in row.ticks]}
    return {
        "type": "scatter3d",
        "mode": "markers",
        **{letter: [float(value)] for letter, value in zip("xyz", place, strict=True)},
        "hoverinfo": "skip",
        "showlegend": False,
        "marker": {
            "size": 0.01,
            "color": [0],
            "cmin": row.scale.vmin,
            "cmax": row.scale.vmax,
            "colorscale": [[i / 32, colour] for i, colour in enumerate(_palette(row, 33))],
            "colorbar": bar,
        },
    }


def _layout(view: View, legend: bool) -> dict[str, Any]:
    names = ("x", "y", "z") if view.calibrated else ("axis 2", "axis 1", "axis 0")
    scene: dict[str, Any] = {
        f"{letter}axis": {"title": {"text": f"{name} ({view.unit})"}, "showbackground": False}
        for letter, name in zip("xyz", names, strict=True)
    }
    scene |= {
        "aspectmode": "data",
        "camera": {
            "up": {"x": 0, "y": 1, "z": 0},
            "eye": {"x": -1.4, "y": 0.95, "z": 1.4},
            "center": {"x": 0, "y": -0.16, "z": 0},
        },
    }
    return {
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "height": 560,
        "showlegend": legend,
        "legend": {"x": 0, "y": 1, "bgcolor": "rgba(0,0,0,0)"},
        "uirevision": "kept",
        "scene": scene,
    }
