"""Known objects in sheared arrays, and results as if a solver had found them exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from phasekit import Geometry, Problem, Result

THETA: dict[str, Any] = {
    "name": "bragg",
    "beamline": "34-ID-C",
    "angles_deg": {"theta": 0.2, "chi": 90.0, "phi": -5.0, "delta": 30.1, "gamma": 14.0},
    "energy_kev": 9.0,
    "distance_m": 0.5,
    "pixel_um": 55.0,
    "step_deg": 0.01,
}
"""A theta scan of APS 34-ID-C: voxels of 10 to 25 nm at 64 × 128 × 128, 50° away from square ones."""


def theta_scan(**options: Any) -> Geometry:
    return Geometry.resolve({**THETA, **options})


def places(geometry: Geometry, shape: tuple[int, ...]) -> np.ndarray:
    """Return (*shape, 3): where each voxel lies, nm, laboratory, from the voxel n//2."""
    index = np.moveaxis(np.indices(shape), 0, -1) - np.array(shape) // 2
    return np.asarray(index @ (geometry.basis(shape).numpy() * 1e9))


def along_h(geometry: Geometry, where: np.ndarray) -> np.ndarray:
    """Return the coordinate along h_ref of places (…, 3), nm."""
    h = h_ref_of(geometry)
    return np.asarray(where @ (h / np.linalg.norm(h)))


def h_ref_of(geometry: Geometry) -> np.ndarray:
    """Return h_ref, (3,) in 1/nm, of a geometry that has one."""
    h_ref = geometry.reference()
    assert h_ref is not None
    return np.asarray(h_ref.numpy() * 1e-9)


def transfer_of(geometry: Geometry) -> np.ndarray:
    """Return q at the array's centre, (3,) in 1/nm, of a geometry that has one."""
    q = geometry.transfer()
    assert q is not None
    return np.asarray(q.numpy() * 1e-9)


def result_of(objects: np.ndarray, support: np.ndarray, geometry: Geometry, *, truth: bool = False) -> Result:
    """Return a result whose best object is `objects[0]`; all of them, (seeds, *space), agree."""
    found: Tensor = torch.from_numpy(objects.astype(np.complex64))
    seeds = tuple(range(len(found)))
    intensity = geometry.forward(found[0]).abs().square()
    return Result(
        problem=Problem.measured(intensity, geometry, truth=found[0] if truth else None),
        object=found,
        support=torch.from_numpy(support).expand(found.shape).clone(),
        seeds=seeds,
        final={"chi2": torch.zeros(len(seeds), dtype=torch.float64)},
        rank="chi2",
        mean=found.mean(dim=0),
        agreeing=seeds,
        agreement=torch.ones(len(seeds), dtype=torch.float64),
    )
