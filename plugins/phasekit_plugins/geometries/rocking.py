"""The linear map of a Bragg scan: where its three index steps lie in reciprocal space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .circles import Matrix, Vector

HC_KEV_NM = 1.2398419843320026
"""Planck's constant × the speed of light, keV·nm (exact in the SI of 2019)."""

BEAM = np.array([0.0, 0.0, 1.0])


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
    k = 2 * np.pi * energy_kev / HC_KEV_NM
    place = BEAM + pixels[0] * row + pixels[1] * column
    length = np.linalg.norm(place)
    outward = place / length
    scattered = k * detector @ outward
    incident = k * BEAM
    q = scattered - incident
    steps = [k / length * detector @ (d - outward * (outward @ d)) for d in (row, column)]
    rocked = q * turn / energy_kev if isinstance(turn, float) else -np.cross(turn, q)
    return Columns(incident, scattered, np.stack([rocked, *steps], axis=1))
