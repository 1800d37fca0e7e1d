"""The report of a comparison: one page with everything in it, readable without a network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import phasekit
from phasekit.comparing.comparison import Comparison
from phasekit.numerics.statistics import Spread
from phasekit.report.comparison.charts import Palette, error_curves, histograms, shell_curves
from phasekit.report.comparison.gallery import Gallery
from phasekit.report.comparison.starts import Starts
from phasekit.report.comparison.tables import DIFFERENT, not_run, pairs_table, solvers_table, starts_table
from phasekit.report.comparison.uncertainty import uncertainty_section
from phasekit.report.markup import Markup, bullets, element, html, joined, number, section
from phasekit.report.old_page import chart, document, figure, navigation, origin, tiles
from phasekit.runtime.storage import write_text

PLACES = {
    "summary": "Solvers",
    "starts-told": "Starts",
    "way": "On the way",
    "objects": "Objects",
    "spread": "Spread",
    "uncertainty": "Uncertainty",
    "resolution": "Resolution",
    "unknown": "Not known",
    "every-start": "Every start",
    "run": "Recipe",
}


def write_comparison_report(path: Path, comparison: Comparison, info: Mapping[str, Any], recipe: str) -> None:
    """Write the self-contained page `path`; `info` tells about the run, `recipe` is shown as it is."""
    palette = Palette([*comparison.contest.solvers])
    galleries = {problem: Gallery(comparison, problem) for problem in comparison.contest.problems}
    starts = Starts(galleries)
    sections = [
        section("summary", "Solvers side by side", *_summary(comparison)),
        section("starts-told", "Where the starts end", *_histograms(comparison, palette)),
        section("way", "On the way there", *_way(comparison, palette)),
        section("objects", "The best object of each", *_objects(galleries)),
        section("spread", "How far the starts scatter", *_spread(galleries)),
        uncertainty_section(comparison),
        section("resolution", "How far in |Q|", *_resolution(comparison, palette)),
        section("unknown", "What this comparison does not know", bullets(_unknown(comparison))),
        section("every-start", "Every start", starts.viewer("starts"), starts_table(comparison, starts, "starts")),
        section("run", "How it was made", *origin(info, recipe)),
    ]
    title = str(info.get("title") or info.get("name") or "Comparison")
    top = [element("p", "phasekit ", phasekit.__version__, class_="brand"), element("h1", title)]
    head = element("header", *top, element("p", story(comparison), class_="story"), tiles(_figures(comparison)))
    page = [head, navigation(PLACES), _chooser(comparison, palette), element("main", *sections, id="content")]
    write_text(path, document(title, joined(page)))


def story(comparison: Comparison) -> str:
    """Tell in plain words who came first, by how much, and whether that can be told from chance."""
    contest = comparison.contest
    problems = len(contest.problems)
    words = [
        f"{len(contest.solvers)} solver{'s' * (len(contest.solvers) > 1)} on "
        f"{f'{problems} problems' if problems > 1 else 'one problem'}, ranked by {contest.rank} (lower is better)."
    ]
    told = [solver for solver in comparison.ranking() if comparison.values(solver, contest.rank)]
    first = Spread.of(comparison.values(told[0], contest.rank)) if told else None
    if first is None:
        return " ".join([*words, "None of them gave an object."])
    words.append(
        f"{told[0]} has the lowest median, {number(first.median, 3)} "
        f"({number(first.low, 3)} to {number(first.high, 3)}, 95 %)."
    )
    if len(told) > 1:
        p = comparison.difference(told[0], told[1])
        verdict = "It differs from" if p < DIFFERENT else "It cannot be told from"
        words.append(f"{verdict} {told[1]}, the next (p = {number(p, 2)}).")
    return " ".join(words)


def _figures(comparison: Comparison) -> dict[str, str]:
    contest, entries = comparison.contest, comparison.entries
    budget = "each solver's own length"
    if contest.budget is not None:
        steps, seconds = contest.budget.steps, contest.budget.seconds
        budget = f"{steps} steps" if steps is not None else f"{seconds:g} s"
    return {
        "first": comparison.ranking()[0],
        "starts": str(sum(len(entry.seeds) for entry in entries)),
        "failed": str(sum(len(entry.failures) for entry in entries)),
        "budget of a start": budget,
    }


def _chooser(comparison: Comparison, palette: Palette) -> Markup:
    """Return a box to tick for each solver: those that are not ticked are hidden everywhere."""
    boxes = []
    for solver in comparison.contest.solvers:
        box = Markup(f'<input type="checkbox" checked data-hides="{html(solver)}">')
        mark = element("span", "■ ", style=f"color:{palette.colour(solver)}", aria_hidden="true")
        boxes.append(element("label", box, " ", mark, solver))
    return element("fieldset", element("legend", "Solvers shown"), *boxes, class_="solvers")


def _summary(comparison: Comparison) -> list[Markup]:
    problems = [*comparison.contest.problems]
    shown = []
    for place, problem in enumerate([None, *problems] if len(problems) > 1 else problems):
        if len(problems) > 1:
            shown.append(element("h3", "All problems together" if problem is None else problem))
        shown.append(solvers_table(comparison, problem, f"solvers-{place}"))
        if pairs := pairs_table(comparison, problem, f"pairs-{place}"):
            shown.append(pairs)
    if told := not_run(comparison):
        shown += [element("h3", "Not run, or failed"), bullets(told)]
    return shown


def _histograms(comparison: Comparison, palette: Palette) -> list[Markup]:
    caption = (
        "Part of the starts that end at each value of the metric. A solver that finds one answer has one narrow peak; "
        "several peaks are several answers. Below, each start is a point: click on it to see its object."
    )
    return [chart("histograms", histograms(comparison, palette), caption)]


def _way(comparison: Comparison, palette: Palette) -> list[Markup]:
    caption = (
        "The metric on the way: median over the starts, and the middle half of them as a band. Measured from outside; "
        "the solver's clock stands while it is measured, and a first step is made and dropped before it starts. "
        "Seconds are those of a batch divided by its size."
    )
    return [chart("way-curves", error_curves(comparison, palette), caption)]


def _objects(galleries: Mapping[str, Gallery]) -> list[Markup]:
    shown = []
    for place, (problem, gallery) in enumerate(galleries.items()):
        if not gallery.entries:
            continue
        if len(galleries) > 1:
            shown.append(element("h3", problem))
        views: list[Markup] = []
        for solver, spec in gallery.surfaces().items():
            caption = f"{solver}: where the amplitude crosses the chosen part of its maximum."
            drawn = chart(f"surface-{place}-{len(views)}", spec | {"linked": f"object-{place}"}, caption)
            views.append(element("div", drawn, data_solver=solver))
        shown.append(element("div", *views, class_="many"))
        for solver, (first, *others) in gallery.drawings().items():
            more = element("details", element("summary", "other planes"), *map(figure, others)) if others else ""
            shown.append(element("div", element("h4", solver), figure(first), more, data_solver=solver))
    note = (
        "All objects are turned to one reference: translation, twin and global phase are undone. One scale of colours "
        "and one cut for all. The 3-D views turn together."
    )
    return [element("p", note, class_="note"), *shown]


def _spread(galleries: Mapping[str, Gallery]) -> list[Markup]:
    shown = [
        element(
            "div",
            element("h4", f"{solver}, {problem}" if len(galleries) > 1 else solver),
            figure(drawing),
            data_solver=solver,
        )
        for problem, gallery in galleries.items()
        for solver, drawing in gallery.spreads().items()
    ]
    return shown or [element("p", "No solver has two starts that did not fail.")]


def _resolution(comparison: Comparison, palette: Palette) -> list[Markup]:
    captions = {
        "prtf": "Phase retrieval transfer function: what is left of the measured amplitudes in the mean of all starts "
        "of a solver. It falls to 1/e where they no longer agree; it tells how repeatable an answer is, not how right.",
        "weight": "Fourier spectral weight of the data and of each solver's best prediction. Above the data at large "
        "|Q| a solver invents, below it it smooths.",
        "correlation": "Fourier shell correlation of each solver's best object with the truth.",
    }
    charts = {kind: shell_curves(comparison, palette, kind) for kind in captions}
    return [chart(f"shells-{kind}", spec, captions[kind]) for kind, spec in charts.items() if spec is not None]


def _unknown(comparison: Comparison) -> list[str]:
    contest = comparison.contest
    told = [
        "Medians and intervals are over starts on the same data: they tell how a solver's answers scatter, not what "
        "other data would give.",
    ]
    if any(problem.truth is None for problem in contest.problems.values()):
        told.append(
            "Where no truth is known, all metrics tell how well the data are explained. A loose support, and what a "
            "solver fits to noise, lower them; hold voxels out (held_out) to see that."
        )
    if not any(bool(problem.held_out.any()) for problem in contest.problems.values()):
        told.append("No voxels were held out: a solver that fits the noise looks better than it is.")
    if contest.budget is None:
        told.append("Every solver ran to its own end: compare the seconds too, or give all one budget.")
    told.append("Object and twin have the same diffraction: which of them a solver found is not judged.")
    return told
