"""The isosurface of the amplitude, coloured by phase, in true proportions."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_hex
from scipy.ndimage import gaussian_filter, map_coordinates
from skimage.measure import marching_cubes

from phasekit.report.slices import PHASE_COLOURS
from phasekit.report.view import View

LEVELS = (0.5, 0.3, 0.7)
"""Parts of the robust maximum at which surfaces are made; the first is shown first."""

FACES = 30_000
"""A surface with more is made again on a coarser grid, so that the page stays light."""

COLOURS = 64


def isosurface(view: View) -> dict[str, Any] | None:
    """Return a plotly chart with one mesh per level; None in 2-D or where no level is crossed."""
    if view.object.ndim != 3:
        return None
    amplitude = np.abs(view.object)
    told = amplitude[view.support] if view.support.any() else amplitude
    top = float(np.quantile(told, 0.98))
    meshes = {level: mesh for level in LEVELS if (mesh := _mesh(view, amplitude, level * top)) is not None}
    if not meshes:
        return None
    labels = [f"{level:.0%} of maximum" for level in meshes]
    data = [
        mesh | {"meta": label, "visible": label == labels[0]}
        for label, mesh in zip(labels, meshes.values(), strict=True)
    ]
    names = ("x", "y", "z") if view.calibrated else ("axis 2", "axis 1", "axis 0")
    scene: dict[str, Any] = {
        f"{letter}axis": {"title": {"text": f"{name} ({view.unit})"}, "showbackground": False}
        for letter, name in zip("xyz", names, strict=True)
    }
    scene |= {
        "aspectmode": "data",
        "camera": {
            "up": {"x": 0, "y": 1, "z": 0},
            "eye": {"x": 1.5, "y": 0.9, "z": 1.5},
            "center": {"x": 0, "y": -0.12, "z": 0},
        },
    }
    layout = {"margin": {"l": 0, "r": 0, "t": 0, "b": 0}, "height": 560, "showlegend": False, "scene": scene}
    return {"data": [*data, _colour_key(data[0])], "layout": layout, "choices": labels}


def _mesh(view: View, amplitude: np.ndarray, threshold: float) -> dict[str, Any] | None:
    """Return the surface where the amplitude crosses `threshold`, in the laboratory frame."""
    field = np.pad(amplitude[view.box], 1)  # closes a surface that meets the array's edge
    if not field.min() < threshold < field.max():
        return None
    step = 1
    points, faces = _cubes(field, threshold, 1)
    while len(faces) > FACES and step < 8:
        step += 1
        # Skipping voxels of an unsmoothed field would leave stairs.
        points, faces = _cubes(gaussian_filter(field, step / 3), threshold, step)
    if len(faces) == 0:
        return None
    if np.linalg.det(view.basis) > 0:
        faces = faces[:, ::-1]  # the faces of marching cubes look inwards in a right-handed array
    index = points - 1 + np.array([part.start for part in view.box])
    places = (index - np.array(view.centre)) @ view.basis
    phase = _phase(view, index)
    palette = mpl.colormaps[PHASE_COLOURS](np.linspace(0, 1, COLOURS))
    hexes = np.array([to_hex(colour) for colour in palette])
    colours = hexes[np.clip(((phase + np.pi) / (2 * np.pi) * COLOURS).astype(int), 0, COLOURS - 1)]
    # Colours by vertex: an intensity would run through the whole scale where the phase jumps from π to −π.
    return {
        "type": "mesh3d",
        **{letter: _short(places[:, column]) for column, letter in enumerate("xyz")},
        **{letter: faces[:, column].tolist() for column, letter in enumerate("ijk")},
        "vertexcolor": colours.tolist(),
        "customdata": np.round(phase, 2).tolist(),
        "hovertemplate": f"%{{x:.4g}}, %{{y:.4g}}, %{{z:.4g}} {view.unit}<br>phase %{{customdata}} rad<extra></extra>",
        "lighting": {"ambient": 0.6, "diffuse": 0.6, "specular": 0.15, "roughness": 0.7},
        "lightposition": {"x": 1000, "y": 2000, "z": 1000},
        "flatshading": False,
    }


def _cubes(field: np.ndarray, threshold: float, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the surface's points (points, 3) as fractional indices, and its triangles (faces, 3)."""
    points, faces, _, _ = marching_cubes(field, threshold, step_size=step)  # type: ignore[no-untyped-call]  # scikit-image has no types
    return points, faces


def _phase(view: View, index: np.ndarray) -> np.ndarray:
    """Return the phase at fractional indices (points, 3), interpolating the complex object."""
    real, imaginary = (
        map_coordinates(part, index.T, order=1, mode="nearest") for part in (view.object.real, view.object.imag)
    )
    found: np.ndarray = np.arctan2(imaginary, real)
    return found


def _short(values: np.ndarray) -> list[float]:
    return [float(f"{value:.5g}") for value in values]


def _colour_key(mesh: dict[str, Any]) -> dict[str, Any]:
    """Return an invisible point that carries the colour bar, which meshes coloured by vertex cannot have."""
    palette = mpl.colormaps[PHASE_COLOURS](np.linspace(0, 1, 33))
    return {
        "type": "scatter3d",
        "mode": "markers",
        "x": mesh["x"][:1],
        "y": mesh["y"][:1],
        "z": mesh["z"][:1],
        "hoverinfo": "skip",
        "marker": {
            "size": 0.01,
            "color": [0],
            "cmin": -np.pi,
            "cmax": np.pi,
            "colorscale": [[i / 32, to_hex(colour)] for i, colour in enumerate(palette)],
            "colorbar": {
                "title": {"text": "phase (rad)"},
                "tickvals": [-np.pi, -np.pi / 2, 0, np.pi / 2, np.pi],
                "ticktext": ["−π", "−π/2", "0", "π/2", "π"],
                "thickness": 14,
                "len": 0.7,
            },
        },
    }
