"""The report: one page with everything in it, readable without a network."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from plotly.offline import get_plotlyjs

import phasekit
from phasekit.analysis.volume import Volume
from phasekit.core.result import Result
from phasekit.report import caveats, diagnostics, summary
from phasekit.report.arrows import arrows_of
from phasekit.report.conventions import conventions
from phasekit.report.crystal import Crystal
from phasekit.report.curves import error_curves
from phasekit.report.drawing import Drawing
from phasekit.report.figures import detector_drawing, has_object, object_drawings, spread_drawings
from phasekit.report.ink import DARK, LIGHT
from phasekit.report.lattice import lattice_rows
from phasekit.report.markup import Markup, bullets, element, facts, html, image, inert_json, joined, section
from phasekit.report.packed import packed
from phasekit.report.shells import ShellReport
from phasekit.report.slices import object_rows
from phasekit.report.surface import isosurface
from phasekit.report.table import seeds_table
from phasekit.report.view import View
from phasekit.runtime.storage import write_text

PLACES = {
    "object": "Object",
    "seeds": "Seeds",
    "detector": "Fit",
    "unknown": "Not known",
    "data": "Measurement",
    "conventions": "Conventions",
    "run": "Recipe",
}

SHOWN = 0.8
"""Page pixels per pixel of a figure: the rest is for sharp screens."""


def write_report(
    path: Path, result: Result, info: Mapping[str, Any], recipe: str, volume: Volume | None = None
) -> None:
    """Write `result` as the self-contained page `path`: pictures, charts and scripts are inside it.

    `recipe` is shown as it is. `info` tells about the run and is shown as a table, mappings inside it
    flattened; its keys `title` (or `name`) and `solver`, where there are such, are used in the headline too, and
    `doctor` ({"findings": [{"name", "figure", "advice"}], "facts": {…}}) where the data are told of. With a
    `volume` the object is shown in its frame, with displacement and strain. The folder must exist.
    """
    view = View.within(volume) if volume else View.of(result)
    sections = [
        section("object", "Object", *_object(result, view, volume)),
        section("seeds", "Seeds", *_seeds(result, view, volume)),
        section("detector", "Fit to the data", *_fit(result)),
        *_diagnostics(result),
        section("unknown", "What this result does not know", caveats.unknowns(result, volume)),
        section("data", "Measurement", summary.measurement(result, info)),
        section("conventions", "Conventions", conventions(result, volume)),
        section("run", "How it was made", *origin(info, recipe)),
    ]
    title = str(info.get("title") or info.get("name") or "Phase retrieval")
    top = [element("p", "phasekit ", phasekit.__version__, class_="brand"), element("h1", title)]
    head = element("header", *top, summary.headline(result, info, volume), summary.boxes(result, info, volume))
    page = document(title, joined([head, navigation(PLACES), element("main", *sections, id="content")]))
    write_text(path, page)


def figure(drawing: Drawing) -> Markup:
    """Return a drawing in both inks; the reader's light or dark setting chooses."""
    light, dark = drawing.webp(LIGHT), drawing.webp(DARK)
    source = f'<source srcset="{image(dark)}" media="(prefers-color-scheme: dark)">'
    wide = round(SHOWN * (1 + (int.from_bytes(light[21:23], "little") & 0x3FFF)))  # where WebP has its width
    shown = Markup(f'{source}<img src="{image(light)}" width="{wide}" alt="{html(drawing.description)}">')
    return element("figure", element("picture", shown), element("figcaption", drawing.caption))


def chart(name: str, spec: Mapping[str, Any], caption: str) -> Markup:
    """Return a chart that the page's script draws, with a chooser for each of `spec`'s "choices"."""
    choosers = []
    for key, choices in spec.get("choices", {}).items():
        options = [element("option", choice, value=choice) for choice in choices]
        select = element("select", *options, data_for=name, data_key=key)
        label = element("label", f"{key.capitalize()} ", select, class_="chooser")
        choosers += [label] if len(choices) > 1 else []
    focus = {"tabindex": "0"} if "scene" in spec["layout"] else {}
    attributes = {"id": name, "class": "chart", "role": "group", "aria_label": caption}
    height = {"style": f"min-height:{spec['layout']['height']}px"} if "height" in spec["layout"] else {}
    holder = element("div", "", **attributes, **focus, **height)
    script = Markup(f'<script type="application/json" data-chart="{html(name)}">{inert_json(packed(spec))}</script>')
    return element("figure", *choosers, holder, script, element("figcaption", caption))


def _object(result: Result, view: View, volume: Volume | None) -> list[Markup]:
    if not has_object(view):
        return [element("p", "There is no object to show: its amplitude is zero everywhere.")]
    shown = [figure(drawing) for drawing in object_drawings(result, volume)]
    colourings = object_rows(view)[1:] + (lattice_rows(Crystal(volume)) if volume else [])
    if surface := isosurface(view, colourings, arrows_of(volume)):
        frame = "in the laboratory frame and in true proportions"
        if volume:
            frame = f"in the {volume.frame} frame and in true proportions"
        elif not view.calibrated:
            frame = "drawn as if voxels were cubes, for the geometry that would tell their shape is not known"
        pointing = (
            " Arrows tell directions, not lengths; click on their names to hide them." if arrows_of(volume) else ""
        )
        caption = (
            "Where the amplitude crosses the chosen part of its maximum (98 % point inside the support), "
            f"with the chosen colour there, {frame}.{pointing} Drag to turn, scroll to zoom; with the keyboard, arrow "
            "keys turn, + and − zoom."
        )
        shown.insert(1, chart("surface", surface, caption))
    return shown


def _seeds(result: Result, view: View, volume: Volume | None) -> list[Markup]:
    shown = [seeds_table(result)]
    if curves := error_curves(result):
        caption = (
            "Every seed on its way, measured off the solver's clock: the best in colour and bold, those that "
            "agree in the paler colour, others grey, failed ones dotted."
        )
        shown.append(chart("curves", curves, caption))
    if has_object(view):
        shown += [figure(drawing) for drawing in spread_drawings(result, volume)]
    return shown


def _fit(result: Result) -> list[Markup]:
    """Return measured and predicted intensity, and how they compare from shell to shell."""
    shells = ShellReport.of(result)
    return [
        figure(detector_drawing(result)),
        chart("shell-residual", shells.residual_chart(), shells.residual_caption()),
        chart("shell-weight", shells.weight_chart(), shells.weight_caption()),
    ]


def _diagnostics(result: Result) -> list[Markup]:
    """Return a section with what the solver wanted seen, where it is more than numbers in the table."""
    charts = diagnostics.charts(result)
    shown = [
        chart(f"diagnostic-{place}", spec, f"{name} of every seed, the best in bold.")
        for place, (name, spec) in enumerate(charts.items())
    ]
    shown += [figure(drawing) for drawing in diagnostics.pictures(result)]
    if strange := diagnostics.unshown(result):
        shown.append(bullets(strange))
    return [section("diagnostics", "What the solver recorded", *shown)] if shown else []


def origin(info: Mapping[str, Any], recipe: str) -> list[Markup]:
    """Return the recipe, and what the run's folder knows of how it was run."""
    shown = {key: value for key, value in info.items() if key not in ("recipe", "status", "doctor")}
    text = element("pre", element("code", recipe), tabindex="0", aria_label="recipe")
    return [
        element("h3", "Recipe"),
        text,
        element("h3", "Environment"),
        facts(shown) if shown else element("p", "Not recorded."),
    ]


def navigation(places: Mapping[str, str]) -> Markup:
    """Return links to sections, anchor -> word."""
    links = [element("a", name, href=f"#{anchor}") for anchor, name in places.items()]
    return element("nav", *links, aria_label="sections")


def document(title: str, body: Markup) -> str:
    """Return the page; its policy lets nothing be fetched and no script run but those in it."""
    here = files("phasekit.report")
    scripts = [get_plotlyjs(), *(here.joinpath(name).read_text(encoding="utf-8") for name in ("page.js", "starts.js"))]
    allowed = " ".join(f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in scripts)
    policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; script-src {allowed}"
    head = [
        Markup('<meta charset="utf-8">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta name="color-scheme" content="light dark">'),
        element("title", title),
        element("style", Markup(here.joinpath("style.css").read_text(encoding="utf-8"))),
    ]
    skip = element("a", "Skip to the results", href="#content", class_="skip")
    ending = [element("script", Markup(text)) for text in scripts]
    inside = joined([element("head", *head), element("body", skip, body, *ending)])
    return f'<!doctype html>\n<html lang="en">{inside}</html>\n'
