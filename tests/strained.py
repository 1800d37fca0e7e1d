"""A crystal without a centre of symmetry, strained in ways known by formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy import ndimage

import phasekit
from phasekit import Geometry, Problem, Result, Volume
from phasekit.core.solver import SolverLike

from .known import places, theta_scan, transfer_of

FACES = (
    (0.9, 0.2, 0.1, 0.85),
    (-0.7, 0.5, 0.3, 0.8),
    (0.1, -0.9, 0.3, 0.7),
    (-0.3, -0.4, -0.8, 0.75),
    (0.2, 0.3, 0.9, 0.6),
    (0.5, 0.6, -0.5, 0.9),
)
"""Normals and distances of the faces, those in units of the radius."""

POISSON = 0.3


def solid(where: np.ndarray, radius: float) -> np.ndarray:
    """Return which places (…, 3), nm, lie in the crystal."""
    inside = np.ones(where.shape[:-1], dtype=bool)
    for *normal, distance in FACES:
        inside &= where @ (np.array(normal) / np.linalg.norm(normal)) <= distance * radius
    return inside


@dataclass(frozen=True)
class Strained:
    """Displacement along h and its strain, at places (…, 3) nm; `reach` is where a gradient comes to `size`."""

    h: np.ndarray
    """(3,) 1/nm."""
    kind: str
    """dilation, gradient, or edge."""
    size: float
    """Strain, or for an edge dislocation its Burgers vector in units of d."""
    reach: float = 1.0
    line: tuple[float, float, float] = (7.0, -5.0, 3.0)
    """A place on the dislocation line, nm."""

    @property
    def axes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Unit vectors: along h and b, normal to the glide plane, along the line; right-handed."""
        along = self.h / np.linalg.norm(self.h)
        line = np.cross(along, [0.0, 0.0, 1.0])
        line /= np.linalg.norm(line)
        return along, np.cross(line, along), line

    def phase(self, where: np.ndarray) -> np.ndarray:
        """Return h·u, radians."""
        s, t = self._place(where)
        length = np.linalg.norm(self.h)
        if self.kind == "dilation":
            return np.asarray(self.size * length * s)
        if self.kind == "gradient":
            return np.asarray(self.size / self.reach * length * s**2 / 2)
        angle = np.arctan2(t, s)
        return np.asarray(self.size * (angle + np.sin(2 * angle) / (4 * (1 - POISSON))))

    def strain(self, where: np.ndarray) -> np.ndarray:
        """Return ∂u/∂s, s along h."""
        s, t = self._place(where)
        if self.kind == "dilation":
            return np.full(s.shape, self.size)
        if self.kind == "gradient":
            return np.asarray(self.size / self.reach * s)
        burgers = self.size * 2 * np.pi / np.linalg.norm(self.h)
        twice = 2 * np.arctan2(t, s)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = -burgers / (2 * np.pi) * t / (s**2 + t**2) * (1 + np.cos(twice) / (2 * (1 - POISSON)))
        return np.asarray(found)

    def distance(self, where: np.ndarray) -> np.ndarray:
        """Return the distance from the dislocation line, nm."""
        s, t = self._place(where)
        return np.asarray(np.hypot(s, t))

    def _place(self, where: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        along, normal, _ = self.axes
        from_line = where - np.array(self.line) if self.kind == "edge" else where
        return from_line @ along, from_line @ normal


def reference_beside(geometry: Geometry, shape: tuple[int, ...]) -> np.ndarray:
    """Return an h_ref, (3,) in 1/nm, that is a few voxels away from the array's centre."""
    reciprocal = 2 * np.pi * np.linalg.inv(geometry.basis(shape).numpy() * 1e9) / np.array(shape)
    return np.asarray(transfer_of(geometry) + reciprocal @ np.array([1.7, -2.3, 1.1]))


@dataclass(frozen=True, eq=False)
class Known:
    """A strained crystal in the array of a theta scan."""

    geometry: Geometry
    strained: Strained
    amplitude: np.ndarray
    """(*space): the part of each voxel that lies in the crystal, or 0 and 1."""
    object: np.ndarray
    """(*space) complex."""

    @property
    def support(self) -> np.ndarray:
        """(*space) bool: voxels that lie in the crystal by half or more."""
        return np.asarray(self.amplitude >= 0.5)

    @property
    def steps(self) -> np.ndarray:
        """(3, 3): columns are the steps along the array axes, nm."""
        return np.asarray(self.geometry.basis(self.amplitude.shape).numpy().T * 1e9)

    @property
    def middle(self) -> np.ndarray:
        """(3,): the centre of mass, from which a volume tells its coordinates, nm."""
        index = np.array(ndimage.center_of_mass(self.amplitude**2)) - np.array(self.amplitude.shape) // 2
        return np.asarray(self.steps @ index)


def known_crystal(kind: str, size: float, n: int = 64, parts: int = 1) -> Known:
    """Make a crystal in n³ voxels of about 20 nm; `parts` along each axis of a voxel say how much of it is inside."""
    shape, scale = (n, n, n), 64 / n
    options = {"pixel_um": 55.0 * scale, "step_deg": 0.01 * scale}
    h = reference_beside(theta_scan(**options), shape)
    geometry = theta_scan(**options, h_ref_per_nm=tuple(h))
    where, q = places(geometry, shape), transfer_of(geometry)
    radius = 230.0 / scale
    steps = geometry.basis(shape).numpy().T * 1e9
    within = (np.arange(parts) + 0.5) / parts - 0.5
    offsets = np.stack(np.meshgrid(within, within, within), axis=-1).reshape(-1, 3)
    amplitude = np.mean([solid(where + steps @ offset, radius) for offset in offsets], axis=0)
    along = where[amplitude >= 0.5] @ (h / np.linalg.norm(h))
    strained = Strained(h, kind, size, reach=float(np.abs(along).max()))
    object = amplitude * np.exp(1j * (strained.phase(where) + where @ (q - h)))
    return Known(geometry, strained, amplitude, object)


def told(volume: Volume, layers: int = 0) -> np.ndarray:
    """Return the voxels, (nz, ny, nx) bool, that have a strain, `layers` inside the support."""
    inside: np.ndarray = volume.fields["support"]
    if layers:
        inside = ndimage.binary_erosion(inside, np.ones((3, 3, 3), dtype=bool), iterations=layers)
    return np.asarray(inside & np.isfinite(volume.fields["strain"]))


def where_in(volume: Volume, known: Known) -> np.ndarray:
    """Return (nz, ny, nx, 3): the voxels' places as the known crystal has them, nm, laboratory."""
    x, y, z = volume.coordinates()
    zz, yy, xx = np.meshgrid(z, y, x, indexing="ij")
    return np.asarray(np.stack([xx, yy, zz], axis=-1) @ volume.rotation + known.middle)


CHAIN: list[Any] = [
    {
        "repeat": 8,
        "solvers": [
            {"name": "hio", "steps": 20},
            {
                "name": "shrinkwrap",
                "reference": "rms",
                "threshold": 0.15,
                "sigma": {"name": "linear", "start": 2, "stop": 1.5},
            },
        ],
    },
    "detwin",
    {
        "repeat": 14,
        "solvers": [
            {"name": "hio", "steps": 20},
            {
                "name": "shrinkwrap",
                "reference": "rms",
                "threshold": {"name": "linear", "start": 0.15, "stop": 0.2},
                "sigma": {"name": "linear", "start": 1.5, "stop": 0.5},
            },
        ],
    },
    {
        "repeat": 20,
        "solvers": [
            {"name": "raar", "steps": 20, "beta": {"name": "linear", "start": 0.9, "stop": 0.5}},
            {"name": "shrinkwrap", "reference": "rms", "threshold": 0.2, "sigma": 0.5},
        ],
    },
    {"name": "er", "steps": 50},
]
"""HIO with shrink-wrap, twin removal, RAAR with a falling β, ER."""


def phased(geometry: Geometry, object: np.ndarray, seeds: int = 8) -> Result:
    """Phase `object` (*space) from 1e5 counts in the brightest voxel; the truth settles the twin."""
    truth = torch.from_numpy(object).to(torch.complex64)
    expected = geometry.forward(truth).abs().square().double()
    scale = 1e5 / float(expected.max())
    counts = torch.poisson(expected * scale, generator=torch.Generator().manual_seed(1)).float()
    problem = Problem.measured(counts, geometry, truth=truth * scale**0.5)
    start: list[SolverLike] = [{"name": "autocorrelation", "threshold": 0.02}, "random-object"]
    return phasekit.solve(problem, CHAIN, start=start, seeds=seeds, batch=1, device="cpu")


def figures(known: Known, volume: Volume) -> dict[str, float]:
    """Compare the strain with what is known, two voxels inside and farther than three from a dislocation."""
    where, inside = where_in(volume, known), told(volume, 2)
    if known.strained.kind == "edge":
        inside &= known.strained.distance(where) > 3 * np.linalg.norm(known.steps, axis=0).max()
    strain, true = volume.fields["strain"][inside].astype(float), known.strained.strain(where)[inside]
    found = {
        "voxels": float(inside.sum()),
        "rms_error_over_rms_strain": float(np.sqrt(((strain - true) ** 2).mean() / (true**2).mean())),
    }
    if known.strained.kind == "dilation":
        found["mean_over_true_mean"] = float(strain.mean() / true.mean())
    if known.strained.kind == "gradient":
        along = (where @ known.strained.axes[0])[inside]
        found["slope_over_true_slope"] = float(np.polyfit(along, strain, 1)[0] / np.polyfit(along, true, 1)[0])
    return found
