"""Amplitude and phase of an object in three planes."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import Normalize

from phasekit.report.figures.panels import PanelRow
from phasekit.report.figures.view import View

PHASE_COLOURS = "twilight_shifted"
"""Cyclic; light at zero, blue below, red above, dark where −π meets π."""

PHASE_TICKS = ((-np.pi, "−π"), (-np.pi / 2, "−π/2"), (0.0, "0"), (np.pi / 2, "π/2"), (np.pi, "π"))


def object_rows(view: View) -> list[PanelRow]:
    """Return the amplitude over its largest value, and the phase inside the support."""
    amplitude = np.abs(view.object)
    shown = amplitude / (float(amplitude.max()) or 1.0)
    if view.frame:  # a volume has no values outside the support; the array has amplitudes there
        shown = np.where(view.support, shown, np.nan)
    phase = np.where(view.support, np.angle(view.object), np.nan)
    faint = view.support & ~view.inside if view.frame else None
    return [
        PanelRow("amplitude", shown, "viridis", Normalize(0, 1), "amplitude / maximum"),
        PanelRow("phase", phase, PHASE_COLOURS, Normalize(-np.pi, np.pi), "phase (rad)", PHASE_TICKS, faint=faint),
    ]


def phase_span(view: View) -> tuple[float, float] | None:
    """Return the 1 % and 99 % points of the phase inside the support, radians; None without a support.

    Voxels below a tenth of the largest amplitude, whose phase has little meaning, are left out.
    """
    amplitude = np.abs(view.object)
    strong = view.support & (amplitude > 0.1 * amplitude.max())
    if not strong.any():
        return None
    low, high = np.quantile(np.angle(view.object[strong]), [0.01, 0.99])
    return float(low), float(high)
