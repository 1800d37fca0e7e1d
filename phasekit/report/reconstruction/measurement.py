"""The measurement and its preparation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from phasekit.core.result import Result
from phasekit.report.html.document import flat


def measurement(result: Result, info: Mapping[str, Any]) -> dict[str, Any]:
    """Return the preparation of the data, facts about them, and the doctor's measurements, if any."""
    problem = result.problem
    oversampling = problem.oversampling()
    return {
        "preparation": problem.preparation,
        "shape": problem.detector,
        "fitted": _share(problem.valid),
        "held_out": _share(problem.held_out),
        "photons": float(problem.intensity.double().sum() + problem.hidden.double().sum()),
        "brightest": float(problem.intensity.max()),
        "oversampling": None if math.isnan(oversampling[0]) else oversampling,
        "geometry": flat({"geometry": problem.geometry.model_dump(mode="json", exclude={"ndim"})}),
        "truth": problem.truth is not None,
        "doctor": flat(info.get("doctor", {}).get("facts", {})),
    }


def _share(voxels: Tensor) -> dict[str, Any]:
    """Return the number of marked voxels, and their percentage."""
    count = int(voxels.sum())
    return {"voxels": count, "percent": 100 * count / voxels.numel()}
