"""ShellReport: measured and predicted strength and the residual over shells of |Q|, as charts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from phasekit.analysis.shell_profile import ShellProfile
from phasekit.analysis.shells import Shells
from phasekit.core.result import Result
from phasekit.report.figures.chart import LEGEND, PAPER, short
from phasekit.report.numbers import number
from phasekit.report.reconstruction.held_out_evidence import HeldOutEvidence

OTHERS = 10
"""Other seeds whose prediction is drawn; each costs a transform."""


@dataclass(frozen=True, eq=False)
class ShellReport:
    """The figures of a result over shells, as charts."""

    result: Result
    shells: Shells
    best: ShellProfile
    evidence: HeldOutEvidence

    @classmethod
    def of(cls, result: Result) -> ShellReport:
        """Compare the best object's prediction with the data, shell by shell."""
        shells = Shells.of(result.problem.geometry, result.problem.detector)
        best = ShellProfile.of(result.problem, result.predicted(), shells)
        return cls(result, shells, best, HeldOutEvidence(result.problem, shells, best))

    def others(self) -> list[int]:
        """Return the ranks of the other seeds to draw."""
        seeds, failed = self.result.seeds, self.result.failed
        return [rank for rank in range(1, len(seeds)) if seeds[rank] not in failed][:OTHERS]

    def weight_chart(self) -> dict[str, Any]:
        """Return the chart of the Fourier spectral weight: the data, the best prediction, the other seeds'."""
        problem, best, traces = self.result.problem, self.best, []
        for rank in reversed(self.others()):
            weight = self.shells.total(self.result.predicted(rank), problem.valid | problem.held_out)
            name = f"seed {self.result.seeds[rank]} (rank {rank + 1})"
            traces.append(self._line(name, weight, "var(--other)", width=1.0, showlegend=False))
        trusted = [f"{100 * part:.3g} % of the shell trusted" if part == part else "" for part in best.trusted.tolist()]
        traces += [
            self._line("data", best.measured, "var(--ink)", hover=trusted),
            self._line("best start", best.predicted, "var(--accent)"),
            self._line("best start, as counted", best.counted, "var(--accent)", width=1.5, dash="dash"),
        ]
        return {"data": traces, "layout": self._layout("Fourier spectral weight (√photons)")}

    def residual_chart(self) -> dict[str, Any]:
        """Return the chart of the residual: fitted, held out, from photon noise, and of a guess."""
        best = self.best
        traces = [
            self._line("fitted", best.fitted, "var(--agree)"),
            self._line("photon noise, fitted", best.fitted_noise, "var(--agree)", width=1.5, dash="dash"),
        ]
        if self.evidence.possible():
            traces += [
                self._line("held out", best.held_out, "var(--accent)"),
                self._line("photon noise, held out", best.held_out_noise, "var(--accent)", width=1.5, dash="dash"),
                self._line("a guess, held out", best.guess, "var(--bad)", width=1.5, dash="dot"),
            ]
        return {"data": traces, "layout": self._layout("Σ(√Ip − √Im)² / ΣIm")}

    def _line(self, name: str, up: Tensor, colour: str, hover: list[str] | None = None, **style: Any) -> dict[str, Any]:
        along, across = ("nm", "1/nm") if self.shells.calibrated else ("voxels", "cycles per voxel")
        text = [f"resolution {number(length, 3)} {along}" for length in self.shells.resolution.tolist()]
        if hover is not None:
            text = [f"{resolution}<br>{more}" for resolution, more in zip(text, hover, strict=True)]
        return {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": short(self.shells.radius.tolist(), 6),
            "y": short((value if value > 0 else float("nan") for value in up.tolist()), 4),
            "text": text,
            "line": {"color": colour, "width": style.get("width", 3), "dash": style.get("dash", "solid")},
            "showlegend": style.get("showlegend", True),
            "hovertemplate": f"{name}<br>|Q| = %{{x:.4g}} {across}, %{{text}}<br>%{{y:.4g}}<extra></extra>",
        }

    def _layout(self, title: str) -> dict[str, Any]:
        unit = "1/nm" if self.shells.calibrated else "cycles per voxel"
        return PAPER | {
            "margin": PAPER["margin"] | {"t": 64},
            "showlegend": True,
            "legend": LEGEND,
            "xaxis": {"title": {"text": f"|Q| ({unit})"}, "rangemode": "tozero"},
            "yaxis": {"title": {"text": title}, "type": "log", "exponentformat": "power"},
        }
