"""The page of a comparison: one self-contained file, readable offline."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from phasekit.comparing.comparison import Comparison
from phasekit.report.comparison.cells import DIFFERENT
from phasekit.report.comparison.charts import Palette, error_curves, histograms, shell_curves
from phasekit.report.comparison.gallery import Gallery
from phasekit.report.comparison.starts import viewer
from phasekit.report.comparison.story import key_figures, story_facts
from phasekit.report.comparison.tables import pairs_table, shortfalls, solvers_table, starts_table
from phasekit.report.comparison.uncertainty import uncertainty
from phasekit.report.figures.picture import Picture
from phasekit.report.html.document import report
from phasekit.runtime.storage import write_text


def write_comparison_report(path: Path, comparison: Comparison, info: Mapping[str, Any], recipe: str) -> None:
    """Write the self-contained page `path`; `info` describes the run, `recipe` is shown verbatim."""
    contest = comparison.contest
    palette = Palette([*contest.solvers])
    galleries = {problem: Gallery(comparison, problem) for problem in contest.problems}
    shells = {kind: shell_curves(comparison, palette, kind) for kind in ("prtf", "weight", "correlation")}
    page = report(
        "comparison/page.html",
        info,
        recipe,
        story=story_facts(comparison),
        figures=key_figures(comparison),
        colours={solver: palette.colour(solver) for solver in contest.solvers},
        several=len(contest.problems) > 1,
        different=DIFFERENT,
        tables=_tables(comparison),
        shortfalls=shortfalls(comparison),
        histograms=histograms(comparison, palette),
        way=error_curves(comparison, palette),
        objects=[_objects(place, *item) for place, item in enumerate(galleries.items()) if item[1].entries],
        spreads=_spreads(galleries),
        uncertainty=uncertainty(comparison),
        shells={kind: spec for kind, spec in shells.items() if spec is not None},
        unknowns=_unknowns(comparison),
        viewer=viewer(galleries),
        starts=starts_table(comparison, galleries),
    )
    write_text(path, page)


def _tables(comparison: Comparison) -> list[dict[str, Any]]:
    """Return the tables of solvers and of pairs: over all problems if there are several, then for each."""
    problems = [*comparison.contest.problems]
    scopes = [None, *problems] if len(problems) > 1 else problems
    return [
        {"problem": scope, "solvers": solvers_table(comparison, scope), "pairs": pairs_table(comparison, scope)}
        for scope in scopes
    ]


def _objects(place: int, problem: str, gallery: Gallery) -> dict[str, Any]:
    """Return the best objects on a problem: surfaces that rotate together, and slices."""
    seeds = gallery.best_seeds()
    surfaces = {solver: spec | {"linked": f"object-{place}"} for solver, spec in gallery.surfaces().items()}
    shown = [
        {
            "solver": solver,
            "seed": seeds.get(solver),
            "pictures": [(title, Picture.of(drawing)) for title, drawing in drawings.items()],
        }
        for solver, drawings in gallery.drawings().items()
    ]
    return {
        "place": place,
        "problem": problem,
        "reference": gallery.compared_with(),
        "surfaces": surfaces,
        "shown": shown,
    }


def _spreads(galleries: Mapping[str, Gallery]) -> list[dict[str, Any]]:
    return [
        {"problem": problem, "solver": solver, "starts": count, "picture": Picture.of(drawing)}
        for problem, gallery in galleries.items()
        for solver, (count, drawing) in gallery.spreads().items()
    ]


def _unknowns(comparison: Comparison) -> dict[str, bool]:
    """Return what the section on limits needs."""
    contest = comparison.contest
    return {
        "truth_missing": any(problem.truth is None for problem in contest.problems.values()),
        "held_out": any(bool(problem.held_out.any()) for problem in contest.problems.values()),
        "budget": contest.budget is not None,
    }
