"""The limits of a result."""

from __future__ import annotations

from typing import Any

import numpy as np

from phasekit.analysis.volume import Volume
from phasekit.core.result import Result
from phasekit.report.reconstruction.seeds import support_volumes
from phasekit.report.reconstruction.volume_summary import VolumeSummary


def unknowns(result: Result, volume: Volume | None) -> dict[str, Any]:
    """Return what the section on limits needs."""
    return {
        "calibrated": result.problem.geometry.calibrated(),
        "support_percent": 100 * support_volumes(result)[0],
        "agreeing": len(result.agreeing),
        "seeds": len(result.seeds),
        "twin": "" if volume is None or volume.twin == "open" else volume.twin,
        "strained": volume is not None and volume.q is not None,
        "frame": "" if volume is None else volume.frame,
        "reference": None if volume is None else _reference(volume),
        "one_component": volume is not None and volume.q is not None and "strain" in VolumeSummary(volume).strains,
    }


def _reference(volume: Volume) -> dict[str, Any] | None:
    """Return what strain is measured against, d in Å; None without strain."""
    if volume.h_ref is None or "strain" not in VolumeSummary(volume).strains:
        return None
    return {
        "spacing": spacing(volume.h_ref),
        "from_centre": volume.q is not None and np.allclose(volume.h_ref, volume.q, rtol=1e-9),
        "own_spacing": None if volume.q_own is None else spacing(volume.q_own),
    }


def spacing(vector: np.ndarray) -> float:
    """Return the d-spacing, Å, of a reciprocal vector (3,), 1/nm."""
    return 20 * np.pi / float(np.linalg.norm(vector))
