"""Document: what a page needs besides its content to be self-contained and safe."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from markupsafe import Markup
from plotly.offline import get_plotlyjs

import phasekit
from phasekit.report.html.templates import render
from phasekit.report.numbers import number

HIDDEN = ("recipe", "status", "doctor")
"""Entries of a run's information that the page shows elsewhere."""


def report(template: str, info: Mapping[str, Any], recipe: str, **data: Any) -> str:
    """Return the page of a run: `info` and `recipe` describe how it was made, `data` the results."""
    environment = flat({key: value for key, value in info.items() if key not in HIDDEN})
    name = info.get("title") or info.get("name") or ""
    return document(
        template, (get_plotlyjs(), *own_scripts()), name=name, recipe=recipe, environment=environment, **data
    )


def document(template: str, scripts: Sequence[str] = (), **data: Any) -> str:
    """Return a page; its policy forbids requests and all scripts except `scripts`, which it contains."""
    own = {
        "version": phasekit.__version__,
        "style": Markup(_file("style.css")),
        "scripts": [Markup(script) for script in scripts],
        "policy": policy(scripts),
    }
    return render(template, **own, **data)


def policy(scripts: Sequence[str]) -> str:
    """Return the content security policy: only images in the page, and scripts with these hashes."""
    if not scripts:
        return "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    hashes = (b64encode(sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{text}'" for text in hashes)
    return f"default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; script-src {allowed}"


def own_scripts() -> tuple[str, ...]:
    """Return phasekit's scripts: one draws the charts, the other the starts of a comparison."""
    return _file("page.js"), _file("starts.js")


def flat(items: Mapping[str, Any], place: str = "") -> dict[str, Any]:
    """Flatten nested mappings, and lists to their text: {"a": {"b": [1, 2]}} -> {"a.b": "1, 2"}."""
    flattened: dict[str, Any] = {}
    for key, value in items.items():
        name = f"{place}{key}"
        if isinstance(value, Mapping):
            flattened |= flat(value, f"{name}.")
        elif isinstance(value, list | tuple):
            flattened[name] = ", ".join(number(v) if isinstance(v, float) else str(v) for v in value)
        else:
            flattened[name] = value
    return flattened


@cache
def _file(name: str) -> str:
    return files("phasekit.report.html").joinpath(name).read_text(encoding="utf-8")
