"""The linear map of a Bragg scan: where its three index steps lie in reciprocal space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from phasekit import InputError, constants

from .circles import Matrix, Vector

BEAM = np.array([0.0, 0.0, 1.0])

AXES = ("rocking", "row", "column")

PARALLEL = 1e-6
"""Sine of the angle, or volume of unit vectors, below which directions count as parallel or in one plane, and |q|/|k|
counts as zero: motors stand no better than to 1e-6 radians."""

STILL = 1e-9
"""Rocking step over a pixel's step below which q does not move."""


@dataclass(frozen=True, eq=False)
class Columns:
    """What one voxel of a scan sees: wave vectors and the steps to its neighbours, 1/nm, laboratory frame."""

    incident: Vector
    scattered: Vector
    matrix: Matrix
    """Columns: one step along rocking, row and column."""

    @property
    def transfer(self) -> Vector:
        """Return q = k_f − k_i."""
        return self.scattered - self.incident


def columns(
    energy_kev: float,
    detector: Matrix,
    row: Vector,
    column: Vector,
    pixels: tuple[float, float],
    turn: Vector | float,
) -> Columns:
    """Return the map at one voxel.

    `detector` (3, 3) is the rotation of the detector; `row` and `column` the vectors of a pixel step over the
    distance, at zero angles; `pixels` the place on the detector, (rows, columns) from where the beam through
    the detector's axis meets it; `turn` the rocking step: an axis (3,) times radians, laboratory frame, or for
    an energy scan the step in keV.

    Source: k = 2πE/hc; a pixel step is that of the unit vector to the pixel (at `pixels` = (0, 0): (k p/L) D d);
    a rocking step is −turn × q, for the crystal turns and q is told in its frame.
    """
    k = 2e-9 * np.pi * energy_kev / constants.HC_KEV_M
    place = BEAM + pixels[0] * row + pixels[1] * column
    length = np.linalg.norm(place)
    outward = place / length
    scattered = k * detector @ outward
    incident = k * BEAM
    q = scattered - incident
    steps = [k / length * detector @ (d - outward * (outward @ d)) for d in (row, column)]
    rocked = q * turn / energy_kev if isinstance(turn, float) else -np.cross(turn, q)
    return Columns(incident, scattered, np.stack([rocked, *steps], axis=1))


def refuse_degenerate(found: Columns, rocking: str) -> None:
    """Raise InputError where q is 0, or the three steps cover no volume; `rocking` is what was rocked."""
    lengths = np.linalg.norm(found.matrix, axis=0)
    if np.linalg.norm(found.transfer) < PARALLEL * np.linalg.norm(found.incident):
        raise InputError(
            "bragg: q is 0, for the detector stands in the direct beam; check the angles of detector_circles",
            "geometry",
        )
    if lengths[0] < STILL * lengths[1:].max():
        raise InputError(
            f"bragg: rocking about '{rocking}' does not move q, for its axis is parallel to it; check the angles and "
            "which circle was rocked",
            "geometry",
        )
    unit = found.matrix / lengths
    for one, other in ((0, 1), (0, 2), (1, 2)):
        if np.linalg.norm(np.cross(unit[:, one], unit[:, other])) < PARALLEL:
            raise InputError(
                f"bragg: the steps along {AXES[one]} and {AXES[other]} are parallel, so the scan covers a plane only; "
                "check the circles' axes and angles, and rows and columns",
                "geometry",
            )
    if abs(np.linalg.det(unit)) < PARALLEL:
        raise InputError(
            "bragg: the steps along rocking, row and column lie in one plane, so the scan covers no volume; check the "
            "circles' axes and angles",
            "geometry",
        )
