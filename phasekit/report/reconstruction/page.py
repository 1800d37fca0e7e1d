"""The page of a reconstruction: one self-contained file, readable offline."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from phasekit.analysis.volume import Volume
from phasekit.core.result import Result
from phasekit.report.figures.arrows import arrows_of
from phasekit.report.figures.picture import Picture
from phasekit.report.figures.slices import object_rows
from phasekit.report.figures.surface import isosurface
from phasekit.report.figures.view import View
from phasekit.report.html.document import report
from phasekit.report.reconstruction import diagnostics
from phasekit.report.reconstruction.caveats import unknowns
from phasekit.report.reconstruction.conventions import conventions
from phasekit.report.reconstruction.curves import error_curves
from phasekit.report.reconstruction.figures import (
    detector_drawing,
    histogram_facts,
    object_drawings,
    object_facts,
    spread_figure,
)
from phasekit.report.reconstruction.headline import crystal_facts, doubts, run_facts
from phasekit.report.reconstruction.measurement import measurement
from phasekit.report.reconstruction.seeds import seeds_table
from phasekit.report.reconstruction.shells import ShellReport
from phasekit.report.reconstruction.strain_figures import strain_rows
from phasekit.report.reconstruction.volume_summary import VolumeSummary
from phasekit.runtime.storage import write_text


def write_report(
    path: Path, result: Result, info: Mapping[str, Any], recipe: str, volume: Volume | None = None
) -> None:
    """Write `result` as the self-contained page `path`: pictures, charts and scripts are inside it.

    `recipe` is shown verbatim. `info` is shown as a table, with nested mappings flattened; its keys `title` (or `name`)
    and `solver`, if present, also appear in the headline, and `doctor` ({"findings": [{"name", "figure", "advice"}],
    "facts": {…}}) in the description of the data. With a `volume` the object is shown in its frame, with
    displacement and strain. The folder must exist.
    """
    summary = None if volume is None else VolumeSummary(volume)
    view = View.of(result) if summary is None else summary.view
    visible = bool(view.object.any())
    page = report(
        "reconstruction/page.html",
        info,
        recipe,
        run=run_facts(result, info),
        crystal=None if summary is None else crystal_facts(summary),
        doubts=doubts(result),
        findings=info.get("doctor", {}).get("findings", ()),
        notes={"data": result.problem.notes, "object": () if volume is None else volume.notes},
        object=_object(result, view, summary) if visible else None,
        seeds=seeds_table(result),
        references={name: float(value) for name, value in result.references.items()},
        curves=error_curves(result),
        spread=_spread(result, volume) if visible else None,
        fit=_fit(result),
        diagnostics=_diagnostics(result),
        unknowns=unknowns(result, volume),
        measurement=measurement(result, info),
        conventions=conventions(result, volume),
    )
    write_text(path, page)


def _object(result: Result, view: View, summary: VolumeSummary | None) -> dict[str, Any]:
    """Return the pictures of the object, its surface in space, and the numbers in their captions."""
    volume = None if summary is None else summary.volume
    directions = arrows_of(volume)
    colourings = object_rows(view)[1:] + ([] if summary is None else strain_rows(summary))
    return {
        "pictures": {drawing.name: Picture.of(drawing) for drawing in object_drawings(result, volume)},
        "slices": object_facts(view),
        "histogram": None if summary is None or not summary.strains else histogram_facts(summary),
        "surface": isosurface(view, colourings, directions),
        "calibrated": view.calibrated,
        "arrows": bool(directions),
    }


def _spread(result: Result, volume: Volume | None) -> dict[str, Any] | None:
    figure = spread_figure(result, volume)
    return None if figure is None else {"picture": Picture.of(figure[0]), **figure[1]}


def _fit(result: Result) -> dict[str, Any]:
    """Return measured and predicted intensity, and their comparison over shells."""
    shells = ShellReport.of(result)
    return {
        "picture": Picture.of(detector_drawing(result)),
        "held_out": bool(result.problem.held_out.any()),
        "residual": shells.residual_chart(),
        "weight": shells.weight_chart(),
        "others": bool(shells.others()),
        "evidence": shells.evidence.facts(),
    }


def _diagnostics(result: Result) -> dict[str, Any]:
    """Return the solver's diagnostics, except numbers in the table."""
    return {
        "charts": diagnostics.charts(result),
        "pictures": {name: Picture.of(drawing) for name, drawing in diagnostics.pictures(result).items()},
        "unshown": diagnostics.unshown(result),
    }
