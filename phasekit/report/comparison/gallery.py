"""Gallery: the best objects of all solvers on one problem, aligned, with one colour scale."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from matplotlib.colors import Normalize

from phasekit.comparing.comparison import Comparison, Entry
from phasekit.report.figures.drawing import Drawing
from phasekit.report.figures.panels import DIVERGING, PanelRow, draw
from phasekit.report.figures.plane import Plane
from phasekit.report.figures.slices import PHASE_COLOURS, PHASE_TICKS, object_rows
from phasekit.report.figures.surface import isosurface
from phasekit.report.figures.view import View, around

DIFFERENCE = 0.5
"""End of the colour scale of a difference, relative to the reference's largest amplitude."""

TRUTH = "truth"


class Gallery:
    """The best objects on one problem: aligned, cropped alike, at the same phase, with the truth if known."""

    def __init__(self, comparison: Comparison, problem: str) -> None:
        self.measured = comparison.contest.problems[problem]
        order = comparison.ranking(problem)
        shown = [entry for entry in comparison.entries if entry.problem == problem and entry.ensemble is not None]
        self.entries = sorted(shown, key=lambda entry: order.index(entry.solver))
        self.views = {entry.solver: self._view(entry) for entry in self.entries}
        self.reference = self._reference()
        if not self.views:
            return
        together = np.any([view.support for view in self.views.values()], axis=0)
        frame: dict[str, Any] = {"centre": self.centre, "box": around(together)}
        self.views = {solver: replace(view, **frame) for solver, view in self.views.items()}
        self.reference = None if self.reference is None else replace(self.reference, **frame)

    @property
    def centre(self) -> tuple[int, ...]:
        """The index of the slices through all objects."""
        ensemble = self.entries[0].ensemble
        assert ensemble is not None
        return ensemble.centre

    def planes(self) -> list[Plane]:
        """Return the slices for all objects."""
        return next(iter(self.views.values())).planes

    def _view(self, entry: Entry) -> View:
        assert entry.ensemble is not None
        return View.through(entry.ensemble.best, entry.ensemble.support, self.measured.geometry)

    def _reference(self) -> View | None:
        """Return the truth; if unknown, the object of the solver that ranks first."""
        truth = self.measured.truth
        if truth is not None:
            return View.through(truth, truth.abs() > 0, self.measured.geometry)
        return next(iter(self.views.values()), None)

    def compared_with(self) -> str:
        """Return the name of the reference."""
        return TRUTH if self.measured.truth is not None else f"the best of {self.entries[0].solver}"

    def best_seeds(self) -> dict[str, int]:
        """Return for each solver the seed of its best object."""
        return {entry.solver: entry.ensemble.seed for entry in self.entries if entry.ensemble is not None}

    def drawings(self) -> dict[str, dict[str, Drawing]]:
        """Return for each solver, the truth first, slices of amplitude, phase and difference, by the plane's title."""
        views = dict(self.views)
        if self.measured.truth is not None and self.reference is not None and self.views:
            views = {TRUTH: self.reference, **views}
        return {solver: self._strips(solver, view) for solver, view in views.items()}

    def _strips(self, solver: str, view: View) -> dict[str, Drawing]:
        """Draw all quantities side by side, in one plane after the other."""
        rows = [*object_rows(view), *self._differences(view)]
        return {cut.title: Drawing(f"{solver} {cut.title}", partial(draw, rows, [cut])) for cut in view.planes}

    def _differences(self, view: View) -> list[PanelRow]:
        """Return the differences of |ρ| and phase from the reference, after scaling."""
        if self.reference is None:
            return []
        ours, theirs = view.object, self.reference.object
        overlap = np.vdot(ours, theirs)
        power = float(np.vdot(ours, ours).real)
        scaled = ours * (overlap / power if power > 0 else 1.0)
        largest = float(np.abs(theirs).max()) or 1.0
        amplitude = (np.abs(scaled) - np.abs(theirs)) / largest
        both = view.support & self.reference.support
        phase = np.where(both, np.angle(scaled * theirs.conj()), np.nan)
        scale, cycle = Normalize(-DIFFERENCE, DIFFERENCE), Normalize(-np.pi, np.pi)
        return [
            PanelRow("amplitude, difference", amplitude, DIVERGING, scale, "difference / maximum"),
            PanelRow("phase, difference", phase, PHASE_COLOURS, cycle, "difference (rad)", PHASE_TICKS),
        ]

    def spreads(self) -> dict[str, tuple[int, Drawing]]:
        """Return for each solver the number of starts, at least two, and the spread of their objects."""
        scatters = {}
        for entry in self.entries:
            ensemble, view = entry.ensemble, self.views[entry.solver]
            assert ensemble is not None
            if ensemble.count < 2:
                continue
            largest = float(ensemble.best.abs().max()) or 1.0
            amplitude = ensemble.amplitude_spread.numpy() / largest
            phase = np.where(view.support, ensemble.phase_spread.numpy(), np.nan)
            rows = [
                PanelRow("amplitude", amplitude, "magma", Normalize(0, 0.5), "standard deviation / maximum"),
                PanelRow("phase", phase, "magma", Normalize(0, np.pi / 2), "standard deviation (rad)"),
            ]
            drawing = Drawing(f"spread-{entry.solver}", partial(draw, rows, view.planes[:1]))
            scatters[entry.solver] = (ensemble.count, drawing)
        return scatters

    def surfaces(self) -> dict[str, dict[str, Any]]:
        """Return for each solver its isosurface, coloured by the phase; nothing in 2-D."""
        specs = {solver: isosurface(view, object_rows(view)[1:]) for solver, view in self.views.items()}
        return {solver: spec for solver, spec in specs.items() if spec is not None}
