"""Templates: wording and elements of the pages; all inserted text is escaped."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from phasekit.report.figures.chart import packed
from phasekit.report.numbers import duration, number, with_minus


@cache
def environment() -> Environment:
    """Return the environment of the templates in this room."""
    made = Environment(
        loader=PackageLoader("phasekit.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
    )
    # A number that is invalid in JSON would break its chart.
    made.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "allow_nan": False}
    made.filters |= {"duration": duration, "fact": fact, "minus": with_minus, "number": number, "packed": packed}
    return made


def render(template: str, **data: Any) -> str:
    """Render a template with `data`; a missing name is an error."""
    return environment().get_template(template).render(data)


def fragment(template: str, macro: str, *data: Any) -> Markup:
    """Render one macro of a template with `data`."""
    made: Markup = getattr(environment().get_template(template).module, macro)(*data)
    return made


def sentence(template: str, macro: str, *data: Any) -> str:
    """Render a template's macro as plain text, for a terminal: without markup or escapes."""
    return fragment(template, macro, *data).striptags()


def fact(value: Any) -> str:
    """Write a value of any kind, numbers shortened."""
    return number(value) if isinstance(value, float) else str(value)
