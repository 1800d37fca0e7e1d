"""The linear map of a Bragg scan: its three index steps in reciprocal space."""

from __future__ import annotations

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
class Scan:
    """A complete rocking curve or energy scan; circles are (axis, degrees), outermost first."""

    energy_kev: float
    distance_m: float
    sample: tuple[tuple[Direction, float], ...]
    detector: tuple[tuple[Direction, float], ...]
    row: Direction
    column: Direction
    pixels_um: tuple[float, float]
    """Height and width of a pixel."""
    rocked: int | None
    """Index of the rocked circle of the sample; None for an energy scan."""
    step: float
    """Step from frame to frame: degrees, or for an energy scan keV."""

    def sample_rotation(self, frames: float) -> Matrix:
        """Return the rotation (3, 3) of the sample, `frames` after the frame of the angles."""
        return rotation(
            [
                (axis, angle + (frames * self.step if place == self.rocked else 0))
                for place, (axis, angle) in enumerate(self.sample)
            ]
        )

    def columns(self, offset: tuple[float, float, float]) -> Columns:
        """Return the map at a voxel that is `offset` (frames, rows, columns) from the voxel of the angles.

        Source: k = 2πE/hc; a pixel step is that of the unit vector to the pixel (at no offset: (k p/L) D d); a
        rocking step is −(axis dθ) × q, because the crystal turns and q is in its frame; an energy step q dE/E.
        """
        energy = self.energy_kev + (offset[0] * self.step if self.rocked is None else 0)
        k = 2e-9 * np.pi * energy / constants.HC_KEV_M
        arm = rotation(self.detector)
        sides = zip((self.row, self.column), self.pixels_um, strict=True)
        pixels = [vector(direction) * size * 1e-6 / self.distance_m for direction, size in sides]
        place = BEAM + offset[1] * pixels[0] + offset[2] * pixels[1]
        length = np.linalg.norm(place)
        outward = place / length
        incident, scattered = k * BEAM, k * arm @ outward
        q = scattered - incident
        if self.rocked is None:
            rocked = q * self.step / energy
        else:
            axis = rotation(self.sample[: self.rocked]) @ vector(self.sample[self.rocked][0])
            rocked = -np.cross(axis * np.radians(self.step), q)
        steps = [k / length * arm @ (pixel - outward * (outward @ pixel)) for pixel in pixels]
        return Columns(incident, scattered, np.stack([rocked, *steps], axis=1))


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
