"""The figures of a result, and the numbers that their captions give."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from phasekit.analysis.volume import Volume
from phasekit.core.result import Result
from phasekit.report.figures.drawing import Drawing
from phasekit.report.figures.panels import draw
from phasekit.report.figures.slices import object_rows, phase_span
from phasekit.report.figures.view import View
from phasekit.report.reconstruction.detector import detector_planes, detector_rows
from phasekit.report.reconstruction.diagnostics import pictures
from phasekit.report.reconstruction.seed_spread import SeedSpread
from phasekit.report.reconstruction.strain_figures import deviation_rows, deviation_units, histogram, strain_rows
from phasekit.report.reconstruction.volume_summary import STRAINS, VolumeSummary


def write_figures(folder: Path, result: Result, volume: Volume | None = None) -> dict[str, Path]:
    """Write the figures of `result` as PNG files into `folder`, made if missing; return name -> path.

    With a `volume` its fields are drawn in its frame, in place of the object along the array's axes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return {drawing.name: drawing.save(folder) for drawing in drawings(result, volume)}


def drawings(result: Result, volume: Volume | None = None) -> list[Drawing]:
    """Return all figures of `result`."""
    spread = spread_figure(result, volume)
    return [
        *object_drawings(result, volume),
        *([spread[0]] if spread else []),
        detector_drawing(result),
        *pictures(result).values(),
    ]


def object_drawings(result: Result, volume: Volume | None) -> list[Drawing]:
    """Return "object", slices of amplitude and phase, and with a volume, if known, "strain" and "strain-histogram"."""
    if volume is None:
        return [_slices(View.of(result))]
    summary = VolumeSummary(volume)
    shown = [_slices(summary.view)]
    if rows := strain_rows(summary):
        shown.append(Drawing("strain", partial(draw, rows, summary.view.planes)))
    if summary.strains:
        shown.append(Drawing("strain-histogram", partial(histogram, summary)))
    return shown


def _slices(view: View) -> Drawing:
    return Drawing("object", partial(draw, object_rows(view), view.planes))


def object_facts(view: View) -> dict[str, Any]:
    """Return the numbers in the caption of the slices."""
    span = phase_span(view)
    return {
        "frame": view.frame,
        "three_dimensional": len(view.box) == 3,
        "phase_span": span and [f"{value:+.2f}" for value in span],
        "skew": view.skew,
        "skewed": view.skew > 0.5,
    }


def histogram_facts(summary: VolumeSummary) -> dict[str, Any]:
    """Return the numbers in the caption of the histogram of strain."""
    return {
        "percent": float(100 * summary.view.inside.sum() / summary.view.support.sum()),
        "strains": {STRAINS[name]: summary.strain(name) for name in summary.strains},
        "d_spacing": summary.d_spacing(),
    }


def spread_figure(result: Result, volume: Volume | None) -> tuple[Drawing, dict[str, Any]] | None:
    """Return "spread", the differences of the agreeing seeds, and its numbers; None without two such seeds."""
    if volume is not None:
        return _spread_of_fields(VolumeSummary(volume))
    view = View.of(result)
    spread = SeedSpread.of(result, view)
    if spread is None:
        return None
    amplitude, phase = spread.typical(view.support)
    facts = {"seeds": spread.count, "medians": None, "amplitude_percent": 100 * amplitude, "phase": phase}
    return Drawing("spread", partial(draw, spread.rows(), view.planes)), facts


def _spread_of_fields(summary: VolumeSummary) -> tuple[Drawing, dict[str, Any]] | None:
    rows, units, inside = deviation_rows(summary), deviation_units(summary), summary.view.inside
    if not rows:
        return None
    medians = [
        {"quantity": name, "median": float(np.nanmedian(row.values[inside])), "unit": units[name][1]}
        for name, row in rows.items()
    ]
    facts = {"seeds": summary.volume.seeds, "medians": medians}
    return Drawing("spread", partial(draw, [*rows.values()], summary.view.planes)), facts


def detector_drawing(result: Result) -> Drawing:
    """Return "detector", measured and predicted intensity and the residual."""
    return Drawing("detector", partial(draw, detector_rows(result), detector_planes(result)))
