"""Templates: wording and elements of the pages; every text that is put into one is escaped."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from phasekit.report.figures.chart import packed
from phasekit.report.numbers import duration, number, with_minus


@cache
def environment() -> Environment:
    """Return what renders the templates beside the modules of this room."""
    made = Environment(
        loader=PackageLoader("phasekit.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
    )
    # A number that JSON does not know would leave the page without its chart.
    made.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "allow_nan": False}
    made.filters |= {"duration": duration, "fact": fact, "minus": with_minus, "number": number, "packed": packed}
    return made


def render(template: str, **data: Any) -> str:
    """Return a template with `data` in it; a name that the template needs and does not get is an error."""
    return environment().get_template(template).render(data)


def fragment(template: str, macro: str, *data: Any) -> Markup:
    """Return what one macro of a template makes of `data`."""
    made: Markup = getattr(environment().get_template(template).module, macro)(*data)
    return made


def sentence(template: str, macro: str, *data: Any) -> str:
    """Return the words of a template's macro as plain text, for a terminal: no markup, nothing escaped."""
    return fragment(template, macro, *data).striptags()


def fact(value: Any) -> str:
    """Write a value of any kind, numbers shortened."""
    return number(value) if isinstance(value, float) else str(value)
