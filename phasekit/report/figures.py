"""The figures of a result: object, spread, detector, what the solver drew."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from phasekit.analysis.volume import Volume
from phasekit.core.result import Result
from phasekit.report.crystal import WORDS, Crystal
from phasekit.report.detector import detector_planes, detector_rows
from phasekit.report.diagnostics import pictures
from phasekit.report.drawing import Drawing
from phasekit.report.histogram import histogram
from phasekit.report.lattice import lattice_rows, spread_rows
from phasekit.report.panels import draw
from phasekit.report.slices import object_rows, phase_span
from phasekit.report.spread import Spread
from phasekit.report.view import View


def write_figures(folder: Path, result: Result, volume: Volume | None = None) -> dict[str, Path]:
    """Write the figures of `result` as PNG files into `folder`, made if missing; return name -> path.

    With a `volume` its fields are drawn in its frame, in place of the object along the array's axes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return {drawing.name: drawing.save(folder) for drawing in drawings(result, volume)}


def drawings(result: Result, volume: Volume | None = None) -> list[Drawing]:
    """Return every figure that `result` has something to show for."""
    return [
        *object_drawings(result, volume),
        *spread_drawings(result, volume),
        detector_drawing(result),
        *pictures(result),
    ]


def object_drawings(result: Result, volume: Volume | None) -> list[Drawing]:
    """Return slices of amplitude and phase and, where a volume knows it, of displacement and strain."""
    if volume is None:
        return [object_drawing(View.of(result))]
    crystal = Crystal(volume)
    view = crystal.view
    found = [object_drawing(view)]
    if rows := lattice_rows(crystal):
        caption = (
            "Displacement along h, and the strain along h that follows from it; red is positive (expansion). The "
            "colours end at the 99 % point of the absolute value inside the crystal's surface, where the amplitude is "
            "half of its maximum. Beyond it, to the edge of the support, the phase is mostly noise and colours are "
            "pale. Grey is not known."
        )
        found.append(Drawing("strain", partial(draw, rows, view.planes), caption, "slices of displacement and strain"))
    if crystal.strains:
        found.append(histogram_drawing(crystal))
    return found


def object_drawing(view: View) -> Drawing:
    """Return amplitude and phase through the centre of mass of the support."""
    if view.frame:
        words = [
            f"The object resampled to right angles and true lengths, {view.frame} frame, cut through its centre of "
            "mass, from which the coordinates are told."
        ]
    else:
        where = "through the centre of mass of the support" if len(view.box) == 3 else "around the support"
        words = [f"The best object {where}, cropped to the support and a margin."]
    if bounds := phase_span(view):
        level = "" if view.frame else "its mean is set to zero, "
        words.append(
            f"98 % of the phase lies in {signed(bounds[0])} … {signed(bounds[1])} rad; {level}grey is outside the "
            "support, and the colours are cyclic"
            f"{', pale where the amplitude is below half of its maximum' if view.frame else ''}."
        )
    if view.skew > 0.5:
        words.append(
            f"The array's axes are {view.skew:.1f}° from right angles: the slices are drawn along the axes "
            "and so are sheared; the isosurface shows the true shape."
        )
    paint = partial(draw, object_rows(view), view.planes)
    return Drawing("object", paint, " ".join(words), "slices of amplitude and phase")


def histogram_drawing(crystal: Crystal) -> Drawing:
    """Return the histogram of strain, its figures in words."""
    part = 100 * crystal.view.inside.sum() / crystal.view.support.sum()
    words = [
        f"How often each strain occurs inside the crystal's surface ({part:.0f} % of the support's voxels, all counted "
        "alike). Dashed lines are means; ± is the standard deviation over the crystal, not an uncertainty.",
        *(f"{WORDS[name].capitalize()}: {crystal.strain(name)}." for name in crystal.strains),
    ]
    if spacing := crystal.d_spacing():
        words.append(f"d-spacing: {spacing}.")
    caption = " ".join(words)
    return Drawing("strain-histogram", partial(histogram, crystal), caption, "histogram of strain")


def spread_drawings(result: Result, volume: Volume | None) -> list[Drawing]:
    """Return how far the agreeing seeds differ, where there are two or more."""
    told = "It tells how repeatable the answer is, not how right: an error that all seeds share does not show."
    if volume is None:
        view = View.of(result)
        spread = Spread.of(result, view)
        if spread is None:
            return []
        amplitude, phase = spread.typical(view.support)
        count, rows = spread.count, spread.rows()
        words = f"Median inside the support: {100 * amplitude:.2g} % of the largest amplitude, {phase:.2g} rad."
    else:
        crystal, count = Crystal(volume), volume.seeds
        view, rows = crystal.view, spread_rows(crystal)
        medians = [f"{row.title} {np.nanmedian(row.values[view.inside]):.2g} {row.label[3:-1]}" for row in rows]
        words = f"Median inside the crystal's surface: {', '.join(medians)}.".replace(" 10⁻⁴", " × 10⁻⁴")
    if not rows:
        return []
    caption = f"Root-mean-square spread of the {count} agreeing seeds about their mean. {words} {told}"
    return [Drawing("spread", partial(draw, rows, view.planes), caption, "slices of the spread over agreeing seeds")]


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
        partial(draw, detector_rows(result), detector_planes(result)),
        " ".join(words),
        "measured and predicted intensity and their difference",
    )


def has_object(view: View) -> bool:
    """Tell whether there is anything to see."""
    return bool(np.abs(view.object).max() > 0)


def signed(value: float) -> str:
    """Write an angle with its sign, the minus a real one."""
    return f"{value:+.2f}".replace("-", "−")
