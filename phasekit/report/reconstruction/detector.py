"""Measured and predicted intensity side by side, and their residual."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import LogNorm, Normalize
from torch import Tensor

from phasekit.core.result import Result
from phasekit.numerics import fourier
from phasekit.report.figures.panels import PanelRow
from phasekit.report.figures.plane import Plane, planes

DECADES = 7
"""The colour scale reaches at most this many decades below the peak."""


def detector_rows(result: Result) -> list[PanelRow]:
    """Return measured and predicted intensity, on one logarithmic scale, and √Ip − √Im; centred."""
    problem = result.problem
    predicted = _centred(result.predicted().square(), problem.ndim)
    held = _centred(problem.held_out, problem.ndim)
    measured_there = _centred(problem.trusted, problem.ndim)
    measured = _centred(problem.measured_intensity, problem.ndim)
    positive = measured[measured_there & (measured > 0)]
    top = float(positive.max())
    low = min(max(float(positive.min()) / 2, top * 10.0**-DECADES), top / 10)
    scale = LogNorm(low, top)
    marked = held if held.any() else None
    difference = np.where(measured_there, np.sqrt(predicted) - np.sqrt(np.maximum(measured, 0)), np.nan)
    shown = np.concatenate([cut.of(difference).ravel() for cut in detector_planes(result)])
    shown = np.abs(shown[np.isfinite(shown)])
    limit = float(np.quantile(shown, 0.998)) if shown.size else 0.0
    limit = max(limit, 1e-9 * top**0.5)
    masked = np.where(measured_there, np.maximum(measured, low), np.nan)
    return [
        PanelRow("measured", masked, "magma", scale, "intensity (photons)", marked=marked),
        PanelRow("predicted", np.maximum(predicted, low), "magma", scale, "intensity (photons)"),
        PanelRow("residual", difference, "RdBu_r", Normalize(-limit, limit), "√Ip − √Im (√photons)", marked=marked),
    ]


def detector_planes(result: Result) -> list[Plane]:
    """Return the slices through zero frequency across each detector axis."""
    shape = result.problem.detector
    return planes(
        [slice(0, n) for n in shape],
        [n // 2 for n in shape],
        [1.0] * len(shape),
        [f"axis {axis}" for axis in range(len(shape))],
        "index from centre",
    )


def _centred(array: Tensor, ndim: int) -> np.ndarray:
    centred: np.ndarray = fourier.centred(array, ndim).cpu().numpy()
    return centred
