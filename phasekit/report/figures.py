"""The figures of a result: object, spread, detector, what the solver drew."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from phasekit.report.detector import detector_planes, detector_rows
from phasekit.report.diagnostics import pictures
from phasekit.report.drawing import Drawing
from phasekit.report.slices import object_rows, phase_span
from phasekit.report.spread import Spread
from phasekit.report.view import View
from phasekit.result import Result


def write_figures(folder: Path, result: Result) -> dict[str, Path]:
    """Write the figures of `result` as PNG files into `folder`, made if missing; return name -> path."""
    folder.mkdir(parents=True, exist_ok=True)
    return {drawing.name: drawing.save(folder) for drawing in drawings(result)}


def drawings(result: Result) -> list[Drawing]:
    """Return every figure that `result` has something to show for."""
    view = View.of(result)
    found = [object_drawing(view), detector_drawing(result), *pictures(result)]
    if spread := Spread.of(result, view):
        found.insert(1, spread_drawing(spread, view))
    return found


def object_drawing(view: View) -> Drawing:
    """Return amplitude and phase through the centre of mass of the support."""
    where = "through the centre of mass of the support" if len(view.box) == 3 else "around the support"
    words = [f"The best object {where}, cropped to the support and a margin."]
    if span := phase_span(view):
        words.append(
            f"98 % of the phase lies in {signed(span[0])} … {signed(span[1])} rad; its mean is set to "
            "zero, grey is outside the support, and the colours are cyclic."
        )
    if view.skew > 0.5:
        words.append(
            f"The array's axes are {view.skew:.1f}° from right angles: the slices are drawn along the axes "
            "and so are sheared; the isosurface shows the true shape."
        )
    return Drawing("object", object_rows(view), view.planes, " ".join(words), "slices of amplitude and phase")


def spread_drawing(spread: Spread, view: View) -> Drawing:
    """Return how far the agreeing seeds differ."""
    amplitude, phase = spread.typical(view.support)
    caption = (
        f"Root-mean-square spread of the {spread.count} agreeing seeds about their mean. Median inside the "
        f"support: {100 * amplitude:.2g} % of the largest amplitude, {phase:.2g} rad. It tells how "
        "repeatable the answer is, not how right: an error that all seeds share does not show."
    )
    return Drawing("spread", spread.rows(), view.planes, caption, "slices of the spread over agreeing seeds")


def detector_drawing(result: Result) -> Drawing:
    """Return measured and predicted intensity and the residual."""
    problem = result.problem
    words = [
        "Cuts through the zero frequency. Measured and predicted share one logarithmic scale; zero counts "
        "have its lowest colour. Grey voxels are not trusted."
    ]
    if bool(problem.held_out.any()):
        words.append("Outlined voxels were held out: measured, but never shown to the solver.")
    words.append("For photon counts, counting noise alone leaves about ±0.5 in the residual.")
    return Drawing(
        "detector",
        detector_rows(result),
        detector_planes(result),
        " ".join(words),
        "measured and predicted intensity and their difference",
    )


def has_object(view: View) -> bool:
    """Tell whether there is anything to see."""
    return bool(np.abs(view.object).max() > 0)


def signed(value: float) -> str:
    """Write an angle with its sign, the minus a real one."""
    return f"{value:+.2f}".replace("-", "−")
