"""The conventions of a result: frame, steps of the array, wave vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from phasekit.analysis.volume import Volume
from phasekit.core.result import Result
from phasekit.report.figures.view import View
from phasekit.report.reconstruction.caveats import spacing


def conventions(result: Result, volume: Volume | None) -> dict[str, Any]:
    """Return the step of one voxel along each array axis, and a volume's frame and vectors."""
    shape = tuple(result.best.shape)
    if volume is not None:
        steps = _steps(volume.matrix_nm.T, shape)
        rotation = dict(zip("xyz", _rounded(volume.rotation), strict=True))
        return {"frame": volume.frame, "unit": "nm", "steps": steps, "rotation": rotation, "vectors": _vectors(volume)}
    view = View.of(result)
    if not view.calibrated:
        return {"frame": "", "steps": [], "rotation": None}
    return {"frame": "laboratory", "unit": view.unit, "steps": _steps(view.basis, shape), "rotation": None}


def _steps(basis: np.ndarray, shape: tuple[int, ...]) -> list[dict[str, Any]]:
    lengths = np.linalg.norm(basis, axis=1)
    return [
        {"voxels": voxels, "numbers": _rounded([length, *row])}
        for voxels, length, row in zip(shape, lengths, basis, strict=True)
    ]


def _vectors(volume: Volume) -> dict[str, dict[str, Any]]:
    """Return the vectors of a volume with their lengths, and d, Å, of those that are not wave vectors."""
    vectors = {"k_i": volume.k_i, "k_f": volume.k_f, "q": volume.q, "h_ref": volume.h_ref, "q_own": volume.q_own}
    return {
        name: {
            "numbers": _rounded([*vector, np.linalg.norm(vector)]),
            "spacing": None if name.startswith("k_") else spacing(vector),
        }
        for name, vector in vectors.items()
        if vector is not None
    }


def _rounded(numbers: Any) -> Any:
    """Replace numbers that are zero up to rounding by 0."""
    return np.round(np.asarray(numbers, dtype=float), 12).tolist()
