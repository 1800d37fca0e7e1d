"""Volume: a crystal on an orthogonal grid in a named frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from phasekit.analysis.resample import Grid, resample_fields, resample_object
from phasekit.analysis.strain import CrystalPhase, Reference
from phasekit.analysis.volume_options import VolumeOptions
from phasekit.core.geometry import Geometry
from phasekit.core.result import Result
from phasekit.numerics.registration import align
from phasekit.numerics.symmetry import twin as inverted

OPEN_TWIN = (
    "nothing has distinguished the object from its twin, the conjugate inversion: the signs of strain gradients and of "
    "dislocations are undetermined; a uniform strain is the same for both"
)

TOLD = {
    "amplitude": "1",
    "phase": "rad",
    "support": "1",
    "displacement": "nm",
    "strain": "1",
    "strain_own": "1",
    "d_spacing": "nm",
}
"""Fields of a volume, and their units; with "_std" after the name, the spread over seeds."""


@dataclass(frozen=True, eq=False)
class Volume:
    """Fields on an orthogonal grid with true lengths.

    Arrays have axes (z, y, x) of the frame, so that x runs fastest, as in VTK. Vectors are (x, y, z) of the
    frame. The origin is the centre of mass of |object|² inside the support.
    """

    frame: str
    """laboratory, sample or crystal."""
    rotation: np.ndarray
    """(3, 3): v_frame = rotation @ v_laboratory."""
    origin_nm: tuple[float, float, float]
    """The middle of voxel [0, 0, 0], (x, y, z)."""
    spacing_nm: tuple[float, float, float]
    """Distance between voxels along x, y, z."""
    fields: Mapping[str, np.ndarray]
    """Name -> (nz, ny, nx) float32 (support: bool): see `TOLD`. NaN outside the support and where a field is
    unknown; displacement, strain and d_spacing only if phase means displacement."""
    matrix_nm: np.ndarray
    """(3, 3): columns are the steps of the array that was phased along its axes, in this frame."""
    k_i: np.ndarray | None = None
    """(3,) incident wave vector, 1/nm, in this frame."""
    k_f: np.ndarray | None = None
    """(3,) scattered wave vector, 1/nm."""
    q: np.ndarray | None = None
    """(3,) momentum transfer at the array's centre, 1/nm; None if phase does not mean displacement."""
    h_ref: np.ndarray | None = None
    """(3,) the reference of `strain`, 1/nm."""
    q_own: np.ndarray | None = None
    """(3,) the crystal's own mean lattice, 1/nm, q minus the removed ramp: the reference of `strain_own`."""
    twin: str = "open"
    """What distinguished object from twin: "the truth", "the recipe", or "open": signs of gradients unknown."""
    coverage: np.ndarray | None = None
    """(nz, ny, nx) float32, 0 to 1: the part of a voxel's surroundings that is support; it falls to 0 without steps."""
    seeds: int = 1
    """Number of agreeing seeds for the spreads; with one there are none."""
    notes: tuple[str, ...] = field(default=())
    """Notes, as sentences: dislocations found, why there is no displacement …"""

    @property
    def shape(self) -> tuple[int, ...]:
        """(nz, ny, nx)."""
        return tuple(next(iter(self.fields.values())).shape)

    def coordinates(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the positions of the voxels along x, y and z, nm."""
        nz, ny, nx = self.shape
        x, y, z = (o + s * np.arange(n) for o, s, n in zip(self.origin_nm, self.spacing_nm, (nx, ny, nz), strict=True))
        return x, y, z


def volume(
    result: Result,
    frame: str = "laboratory",
    voxel_nm: float | None = None,
    twin: Literal["open", "as-found", "inverted"] = "open",
) -> Volume:
    """Resample the best object of a result to true lengths: amplitude, phase, displacement, strain, and their spread.

    `frame` is one of the geometry's frames (laboratory, sample, crystal); `voxel_nm` the spacing, by
    default the array's shortest step to two digits; `twin` says which is right, if you know: as-found, or
    inverted (the conjugate inversion of all objects). The ramp is the mean phase gradient inside the support; it
    is removed from the phase and the displacement, and stays in the strain. The spreads ("…_std") are standard
    deviations over the seeds that agree with the best.

    Raises InputError if the geometry has no true lengths, or no such frame, and for 2-D results.
    """
    geometry, space = result.problem.geometry, tuple(result.best.shape)
    options = VolumeOptions(frame=frame, voxel_nm=voxel_nm, twin=twin)
    options.check(geometry, space)
    steps = geometry.basis(space).numpy().T * 1e9
    rotation = geometry.frames()[frame].numpy()
    reference = Reference.of(geometry)
    objects, support = _objects(result, options)
    best = CrystalPhase.of(objects[0], support, steps)
    fields, notes = best.fields(reference)
    spread = best.spread((CrystalPhase.of(o, support, steps) for o in objects[1:]), reference)

    spacing = voxel_nm or float(f"{np.linalg.norm(steps, axis=0).min():.2g}")
    grid = Grid.around(best.support, rotation @ steps, best.centre, spacing)
    resampled = resample_object(torch.from_numpy(best.level), torch.from_numpy(best.support), grid)
    others = {name: torch.from_numpy(values) for name, values in (fields | spread).items()}
    coverage = resampled.pop("coverage").numpy()
    resampled |= resample_fields(others, resampled["support"], grid)
    fixed = _fixed(result, options)
    return Volume(
        frame=frame,
        rotation=rotation,
        origin_nm=(float(grid.origin[0]), float(grid.origin[1]), float(grid.origin[2])),
        spacing_nm=(spacing,) * 3,
        fields={name: values.numpy() for name, values in resampled.items()},
        matrix_nm=rotation @ steps,
        **_vectors(geometry, rotation, best, reference),
        twin=fixed,
        coverage=coverage,
        seeds=len(objects),
        notes=(*notes, *((OPEN_TWIN,) if fixed == "open" else ())),
    )


def _objects(result: Result, options: VolumeOptions) -> tuple[list[Tensor], Tensor]:
    """Return the best object and those that agree with it, aligned with it, and the best's support."""
    turned = inverted if options.twin == "inverted" else torch.clone
    best, support = turned(result.best), turned(result.support[0])
    objects = [best]
    for seed, other in zip(result.seeds[1:], result.object[1:], strict=True):
        if seed in result.agreeing:
            other = turned(other)
            objects.append(align(other, best).apply(other))
    return objects, support


def _fixed(result: Result, options: VolumeOptions) -> str:
    """Return what distinguished the object from its twin."""
    if options.twin != "open":
        return "the recipe"
    return "open" if result.problem.truth is None else "the truth"


def _vectors(
    geometry: Geometry, rotation: np.ndarray, best: CrystalPhase, reference: Reference | None
) -> dict[str, np.ndarray | None]:
    """Return the known ones of k_i, k_f, q, h_ref and q_own in the frame, 1/nm."""
    beam = geometry.beam()
    found: dict[str, np.ndarray] = {}
    if beam is not None:
        found |= dict(zip(("k_i", "k_f"), beam.numpy() * 1e-9, strict=True))
    if reference is not None:
        found |= {"q": reference.q, "h_ref": reference.h_ref, "q_own": reference.q - best.ramp}
    return {name: rotation @ vector for name, vector in found.items()}
