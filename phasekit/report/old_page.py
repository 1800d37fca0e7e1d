"""Pieces of the pages that are not templates yet."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from importlib.resources import files
from typing import Any

from plotly.offline import get_plotlyjs

from phasekit.report.figures.chart import packed
from phasekit.report.figures.drawing import Drawing
from phasekit.report.figures.ink import DARK, LIGHT
from phasekit.report.markup import Markup, element, facts, html, image, inert_json, joined

SHOWN = 0.8


def tiles(figures: Mapping[str, str]) -> Markup:
    """Return key figures."""
    inside = [element("div", element("dt", name), element("dd", value)) for name, value in figures.items()]
    return element("dl", *inside, class_="tiles")


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
    here = files("phasekit.report.html")
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
