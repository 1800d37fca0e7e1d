"""The linear map of a Bragg scan: its three index steps in reciprocal space."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from phasekit import InputError
from phasekit.runtime import constants

from .circles import Direction, Matrix, Vector, rotation, vector

BEAM = np.array([0.0, 0.0, 1.0])

AXES = ("rocking", "row", "column")

PARALLEL = 1e-6
"""Sine of the angle, or volume of unit vectors, below which directions count as parallel or coplanar, and |q|/|k|
counts as zero: motors are not more accurate than 1e-6 radians."""

BENT = 1.0
"""Distance of the first and last frame's q from the linear map, voxels, beyond which axes do not move as one step."""

STILL = 1e-9
"""Rocking step, relative to a pixel's step, below which q does not move."""


@dataclass(frozen=True, eq=False)
class Columns:
    """Wave vectors at one voxel of a scan and the steps to its neighbours, 1/nm, laboratory frame."""

    incident: Vector
    scattered: Vector
    matrix: Matrix
    """Columns: one step along rocking, row and column."""

    @property
    def transfer(self) -> Vector:
        """Return q = k_f − k_i."""
        return self.scattered - self.incident


@dataclass(frozen=True)
class Turned:
    """A circle in a scan."""

    axis: Direction
    angle: float
    """Degrees, at the frame of the angles."""
    step: float = 0.0
    """Degrees from frame to frame."""


@dataclass(frozen=True)
class Scan:
    """A complete rocking curve or energy scan; circles are listed outermost first."""

    energy_kev: float
    distance_m: float
    sample: tuple[Turned, ...]
    detector: tuple[Turned, ...]
    row: Direction
    column: Direction
    pixels_um: tuple[float, float]
    """Height and width of a pixel."""
    energy_step: float = 0.0
    """keV from frame to frame."""

    def sample_rotation(self, frames: float) -> Matrix:
        """Return the rotation (3, 3) of the sample, `frames` after the frame of the angles."""
        return _turned(self.sample, frames)

    def columns(self, offset: tuple[float, float, float]) -> Columns:
        """Return the map at a voxel that is `offset` (frames, rows, columns) from the voxel of the angles.

        Source: k = 2πE/hc; a pixel step is that of the unit vector to the pixel (at no offset: (k p/L) D d); a
        rocking step is −ω × q, ω = Σ (R_outer a) dθ over the circles of the sample that move, because the crystal
        turns and q is in its frame; detector circles that move add ω_D × k_f, a step of the energy q dE/E.
        """
        energy = self.energy_kev + offset[0] * self.energy_step
        k = 2e-9 * np.pi * energy / constants.HC_KEV_M
        arm = _turned(self.detector, offset[0])
        sides = zip((self.row, self.column), self.pixels_um, strict=True)
        pixels = [vector(direction) * size * 1e-6 / self.distance_m for direction, size in sides]
        place = BEAM + offset[1] * pixels[0] + offset[2] * pixels[1]
        length = np.linalg.norm(place)
        outward = place / length
        incident, scattered = k * BEAM, k * arm @ outward
        q = scattered - incident
        rocked = q * self.energy_step / energy - np.cross(_turn(self.sample, offset[0]), q)
        rocked = rocked + np.cross(_turn(self.detector, offset[0]), scattered)
        steps = [k / length * arm @ (pixel - outward * (outward @ pixel)) for pixel in pixels]
        return Columns(incident, scattered, np.stack([rocked, *steps], axis=1))

    def bend(self, offset: tuple[float, float, float], frames: int) -> float:
        """Return how far q at the ends of `frames` about `offset` is from the linear map, in steps of its columns."""
        middle, turned = self.columns(offset), self.sample_rotation(offset[0])
        far = []
        for away in (-frames / 2, frames / 2):
            there = (offset[0] + away, *offset[1:])
            q = turned @ self.sample_rotation(there[0]).T @ self.columns(there).transfer
            far.append(np.linalg.solve(middle.matrix, q - middle.transfer) - (away, 0, 0))
        return float(np.abs(far).max())


def _turned(circles: Sequence[Turned], frames: float) -> Matrix:
    """Return the product (3, 3) of the circles' rotations, `frames` after the frame of the angles."""
    return rotation([(circle.axis, circle.angle + frames * circle.step) for circle in circles])


def _turn(circles: Sequence[Turned], frames: float) -> Vector:
    """Return the rotation vector (3,), radians, of one more frame: all circles that move, to first order."""
    found = np.zeros(3)
    for place, circle in enumerate(circles):
        found = found + _turned(circles[:place], frames) @ vector(circle.axis) * np.radians(circle.step)
    return found


def refuse_degenerate(found: Columns, rocking: str) -> None:
    """Raise InputError if q is 0, or if the three steps span no volume; `rocking` is the rocked circle."""
    lengths = np.linalg.norm(found.matrix, axis=0)
    if np.linalg.norm(found.transfer) < PARALLEL * np.linalg.norm(found.incident):
        raise InputError(
            "bragg: q is 0 because the detector is in the direct beam; check the angles of detector_circles",
            "geometry",
        )
    if lengths[0] < STILL * lengths[1:].max():
        raise InputError(
            f"bragg: rocking about '{rocking}' does not move q because its axis is parallel to q; check the angles and "
            "which circle was rocked",
            "geometry",
        )
    unit = found.matrix / lengths
    for one, other in ((0, 1), (0, 2), (1, 2)):
        if np.linalg.norm(np.cross(unit[:, one], unit[:, other])) < PARALLEL:
            raise InputError(
                f"bragg: the steps along {AXES[one]} and {AXES[other]} are parallel, so the scan covers only a plane; "
                "check the circles' axes and angles, and rows and columns",
                "geometry",
            )
    if abs(np.linalg.det(unit)) < PARALLEL:
        raise InputError(
            "bragg: the steps along rocking, row and column lie in one plane, so the scan covers no volume; check the "
            "circles' axes and angles",
            "geometry",
        )


def refuse_bent(bend: float, frames: int, together: Iterable[str]) -> None:
    """Raise InputError if the ends of a scan of several axes are more than a voxel from the linear map."""
    if bend > BENT:
        raise InputError(
            f"bragg: {', '.join(together)} and the rocked axis move so far together that q at the ends of the "
            f"{frames} frames is {bend:.2g} voxels from even steps, and all transforms need even ones: use fewer "
            "frames, or check the steps in together_deg",
            "geometry",
        )
