"""Pieces of HTML in which every text is escaped."""

from __future__ import annotations

import json
import math
from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any


class Markup(str):
    """Text that is HTML already; any other text is escaped on its way into a page."""

    __slots__ = ()


def html(value: Any) -> Markup:
    """Return `value` as HTML: what is markup stays, numbers are shortened, all else is escaped."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, float):
        return Markup(number(value))
    return Markup(escape(str(value)))


def number(value: float, digits: int = 4) -> str:
    """Write a number with a few significant digits; a dash for what is not one."""
    return f"{value:.{digits}g}" if math.isfinite(value) else "–"


def element(tag: str, *inside: Any, **attributes: str) -> Markup:
    """Return an element; `class_="x"` gives class="x", `aria_label="x"` gives aria-label="x"."""
    stated = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items())
    return Markup(f"<{tag}{stated}>{joined(inside)}</{tag}>")


def joined(pieces: Sequence[Any]) -> Markup:
    """Return several pieces one after the other."""
    return Markup("".join(html(piece) for piece in pieces))


def bullets(sentences: Sequence[Any]) -> Markup:
    """Return a list."""
    return element("ul", *(element("li", sentence) for sentence in sentences))


def section(anchor: str, title: str, *inside: Any) -> Markup:
    """Return a section with a heading that the navigation can jump to."""
    return element("section", element("h2", title), *inside, id=anchor)


def table(head: Sequence[Any], rows: Sequence[tuple[Sequence[Any], str]], caption: str) -> Markup:
    """Return a table that scrolls by itself where the window is narrow; rows are (cells, CSS class)."""
    top = element("thead", element("tr", *(element("th", cell, scope="col") for cell in head)))
    body = [
        element(
            "tr",
            element("th", cells[0], scope="row"),
            *(element("td", cell) for cell in cells[1:]),
            class_=kind,
        )
        for cells, kind in rows
    ]
    inner = element("table", element("caption", caption), top, element("tbody", *body))
    return element("div", inner, class_="wide", tabindex="0", role="region", aria_label=caption)


def facts(items: Mapping[str, Any]) -> Markup:
    """Return names and values as a two-column table, mappings inside flattened to dotted names."""
    rows = [
        element("tr", element("th", name, scope="row"), element("td", value)) for name, value in flat(items).items()
    ]
    inner = element("table", element("tbody", *rows), class_="facts")
    return element("div", inner, class_="wide", tabindex="0", role="region", aria_label="details")


def flat(items: Mapping[str, Any], place: str = "") -> dict[str, Any]:
    """Flatten nested mappings: {"a": {"b": 1}} -> {"a.b": 1}."""
    found: dict[str, Any] = {}
    for key, value in items.items():
        name = f"{place}{key}"
        if isinstance(value, Mapping):
            found |= flat(value, f"{name}.")
        elif isinstance(value, list | tuple):
            found[name] = ", ".join(number(v) if isinstance(v, float) else str(v) for v in value)
        else:
            found[name] = value
    return found


def image(source: bytes) -> str:
    """Return the bytes of a WebP file as an address that holds the image itself."""
    return "data:image/webp;base64," + b64encode(source).decode()


def inert_json(value: Any) -> Markup:
    """Return JSON that cannot end the script element which holds it."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
