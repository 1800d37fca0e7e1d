"""Where the answer is the solver's own invention and not the data's: charts over shells of |Q|, and a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from phasekit.analysis.shell_profile import ShellProfile
from phasekit.analysis.shells import Shells
from phasekit.core.result import Result
from phasekit.report.curves import PAPER
from phasekit.report.markup import number
from phasekit.report.verdict import Verdict

WEIGHT = "Fourier spectral weight"

OTHERS = 10
"""Seeds beside the best whose prediction is drawn: each costs a transform."""

LEGEND = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}


@dataclass(frozen=True, eq=False)
class ShellReport:
    """The figures over shells of a result, and what they mean to its reader."""

    result: Result
    shells: Shells
    best: ShellProfile
    verdict: Verdict

    @classmethod
    def of(cls, result: Result) -> ShellReport:
        """Compare the best object's prediction with the data, shell by shell."""
        shells = Shells.of(result.problem.geometry, result.problem.detector)
        best = ShellProfile.of(result.problem, result.predicted(), shells)
        return cls(result, shells, best, Verdict(result.problem, shells, best))

    def weight_chart(self) -> dict[str, Any]:
        """Return the chart of the Fourier spectral weight: the data, the best prediction, the other seeds'."""
        problem, best = self.result.problem, self.best
        known, traces = problem.trusted, []
        drawn = [rank for rank in range(1, len(self.result.seeds)) if self.result.seeds[rank] not in self.result.failed]
        for rank in reversed(drawn[:OTHERS]):
            others = self.shells.total(self.result.predicted(rank), known)
            name = f"seed {self.result.seeds[rank]} (rank {rank + 1})"
            traces.append(self._line(name, others, "var(--other)", width=1.0, showlegend=False))
        trusted = [f"{100 * part:.3g} % of the shell trusted" if part == part else "" for part in best.trusted.tolist()]
        measured = self._line("data", best.measured, "var(--ink)", said=trusted)
        counted = self._line("best start, as counted", best.counted, "var(--accent)", width=1.5, dash="dash")
        traces += [measured, self._line("best start", best.predicted, "var(--accent)"), counted]
        return {"data": traces, "layout": self._layout(f"{WEIGHT} (√photons)")}

    def residual_chart(self) -> dict[str, Any]:
        """Return the chart of the residual: fitted, held out, what photon noise leaves, what a guess leaves."""
        best = self.best
        traces = [
            self._line("fitted", best.fitted, "var(--agree)"),
            self._line("photon noise, fitted", best.fitted_noise, "var(--agree)", width=1.5, dash="dash"),
        ]
        if self.verdict.possible():
            traces += [
                self._line("held out", best.held_out, "var(--accent)"),
                self._line("photon noise, held out", best.held_out_noise, "var(--accent)", width=1.5, dash="dash"),
                self._line("a guess, held out", best.guess, "var(--bad)", width=1.5, dash="dot"),
            ]
        return {"data": traces, "layout": self._layout("Σ(√Ip − √Im)² / ΣIm")}

    def weight_caption(self) -> str:
        """Say what the chart of the Fourier spectral weight shows."""
        count = min(len(self.result.seeds) - 1 - len(set(self.result.failed)), OTHERS)
        seeds = " Thin lines are other starts." if count > 0 else ""
        return (
            f"{WEIGHT}: amplitude summed over shells of |Q|, over the voxels that were measured.{seeds} The dashed "
            "line is the best start's prediction as photons would be counted: the root of few photons is on average "
            "below √Ip, so where they are few the data lie on that line if the prediction is right. Equal weight means "
            "equal strength, not that the speckles are in the right places."
        )

    def residual_caption(self) -> str:
        """Say what the chart of the residual shows, and from which |Q| on the detail is the solver's."""
        words = "The residual in shells of |Q|; dashed is what photon noise alone leaves if the prediction is right."
        if not self.verdict.possible():
            return (
                f"{words} No voxels were held out, so where the object's detail begins to be the solver's and not the "
                "data's cannot be told: fitted voxels show only that they were fitted. Set held_out to 0.05, say."
            )
        guess = (
            "Held-out voxels were never shown to the solver; dotted is what the same predicted values leave at "
            "shuffled places of the shell: where the held-out line lies there, the prediction is a guess."
        )
        return " ".join([words, guess, *self.verdict.sentences()])

    def _line(self, name: str, up: Tensor, colour: str, said: list[str] | None = None, **style: Any) -> dict[str, Any]:
        along, across = ("nm", "1/nm") if self.shells.calibrated else ("voxels", "cycles per voxel")
        hover = [f"resolution {number(length, 3)} {along}" for length in self.shells.resolution.tolist()]
        if said is not None:
            hover = [f"{one}<br>{other}" for one, other in zip(hover, said, strict=True)]
        return {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": [float(f"{value:.6g}") for value in self.shells.radius.tolist()],
            "y": [float(f"{value:.4g}") if np.isfinite(value) and value > 0 else None for value in up.tolist()],
            "text": hover,
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
