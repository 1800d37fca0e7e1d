"""SeedSpread: the differences of the agreeing seeds, voxel by voxel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from matplotlib.colors import Normalize

from phasekit.core.result import Result
from phasekit.numerics.moments import Moments
from phasekit.report.figures.panels import PanelRow
from phasekit.report.figures.view import View


@dataclass(frozen=True, eq=False)
class SeedSpread:
    """Root-mean-square differences of the agreeing objects from their mean."""

    amplitude: np.ndarray
    """(*space) real: of |object|, relative to the largest modulus of the mean."""
    phase: np.ndarray
    """(*space) real: radians; NaN outside the best support."""
    count: int

    @classmethod
    def of(cls, result: Result, view: View) -> SeedSpread | None:
        """Measure the spread; None if fewer than two seeds agree."""
        ranks = [rank for rank, seed in enumerate(result.seeds) if seed in result.agreeing]
        if len(ranks) < 2:
            return None
        mean = torch.nan_to_num(result.mean)
        amplitude, phase = (Moments(mean.shape, mean.device) for _ in range(2))
        for rank in ranks:  # one at a time, since a batch of large objects would not fit into memory twice
            object = torch.nan_to_num(result.object[rank])
            amplitude.add(object.abs())
            phase.add((object * mean.conj()).angle())
        top = max(float(mean.abs().max()), 1e-30)
        turned = phase.root_mean_square(about=0).cpu().numpy()
        return cls(amplitude.root_mean_square().cpu().numpy() / top, np.where(view.support, turned, np.nan), len(ranks))

    def typical(self, support: np.ndarray) -> tuple[float, float]:
        """Return the medians inside `support`: of amplitude (fraction of the maximum) and phase (rad)."""
        if not support.any():
            return float("nan"), float("nan")
        return float(np.median(self.amplitude[support])), float(np.nanmedian(self.phase[support]))

    def rows(self) -> list[PanelRow]:
        """Return both spreads for drawing."""
        phases = self.phase[np.isfinite(self.phase)]
        largest_phase = max(float(np.quantile(phases, 0.98)) if phases.size else 0.0, 1e-6)
        largest = max(float(np.quantile(self.amplitude, 0.999)), 1e-6)
        return [
            PanelRow("amplitude", self.amplitude, "cividis", Normalize(0, largest), "rms spread / maximum"),
            PanelRow("phase", self.phase, "cividis", Normalize(0, largest_phase), "rms spread (rad)"),
        ]
