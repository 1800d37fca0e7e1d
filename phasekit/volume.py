"""Volume: what a result says of a crystal on an orthogonal grid, in a frame that is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

TOLD = {
    "amplitude": "1",
    "phase": "rad",
    "support": "1",
    "displacement": "nm",
    "strain": "1",
    "strain_own": "1",
    "d_spacing": "nm",
}
"""Fields that a volume may hold, and their units; with "_std" behind the name, the spread over seeds."""


@dataclass(frozen=True, eq=False)
class Volume:
    """Fields on an orthogonal grid with true lengths.

    Arrays have axes (z, y, x) of the frame, so that x runs fastest, as VTK has it. Vectors are (x, y, z) of the
    frame. Coordinates are told from the centre of mass of |object|² inside the support.
    """

    frame: str
    """laboratory, sample or crystal."""
    rotation: np.ndarray
    """(3, 3): v_frame = rotation @ v_laboratory."""
    origin_nm: tuple[float, float, float]
    """Where the middle of voxel [0, 0, 0] lies, (x, y, z)."""
    spacing_nm: tuple[float, float, float]
    """Distance between voxels along x, y, z."""
    fields: Mapping[str, np.ndarray]
    """Name -> (nz, ny, nx) float32 (support: bool): see `TOLD`. NaN outside the support and where a field is not
    known; displacement, strain and d_spacing only where phase means displacement."""
    matrix_nm: np.ndarray
    """(3, 3): columns are the steps of the array that was phased along its axes, in this frame."""
    k_in: np.ndarray | None = None
    """(3,) incident wave vector, 1/nm, in this frame."""
    k_out: np.ndarray | None = None
    """(3,) scattered wave vector, 1/nm."""
    q: np.ndarray | None = None
    """(3,) momentum transfer at the array's centre, 1/nm; None where phase does not mean displacement."""
    h_ref: np.ndarray | None = None
    """(3,) what `strain` is told against, 1/nm."""
    q_own: np.ndarray | None = None
    """(3,) the crystal's own mean lattice, q minus the ramp that was removed, 1/nm: what `strain_own` is told against."""
    twin: str = "open"
    """What fixed object against twin: "the truth", "the recipe", or "open": signs of gradients are undetermined."""
    seeds: int = 1
    """How many agreeing seeds the spreads are taken over; with one there is none."""
    notes: tuple[str, ...] = field(default=())
    """What to know of it, as sentences: dislocations found, why there is no displacement …"""

    @property
    def shape(self) -> tuple[int, ...]:
        """(nz, ny, nx)."""
        return tuple(next(iter(self.fields.values())).shape)

    def coordinates(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the places of the voxels along x, y and z, nm."""
        nz, ny, nx = self.shape
        x, y, z = (o + s * np.arange(n) for o, s, n in zip(self.origin_nm, self.spacing_nm, (nx, ny, nz), strict=True))
        return x, y, z
