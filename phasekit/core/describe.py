"""What a plugin does, takes and is written like in a recipe, as Markdown: for `phasekit show` and generated pages."""

from __future__ import annotations

import inspect
from typing import Any

from phasekit.core.chain import Chain
from phasekit.core.declared import written
from phasekit.core.hookspecs import INTERFACES
from phasekit.core.plugin import Plugin
from phasekit.core.registry import registry
from phasekit.core.solver import Solver
from phasekit.core.wording import takes
from phasekit.runtime import yaml_reader

PLACES = {
    "geometry": ("In a recipe:", "geometry: {}"),
    "generator": ("In a recipe, inside a source that simulates:", "generator: {}"),
    "loss": ("In a recipe:", "metrics: [{}]"),
    "schedule": ("In a recipe, where an option takes a schedule:", "{}"),
    "solver": ("In a recipe:", "solver: {}"),
    "source": ("In a recipe:", "source: {}"),
    "preparation": ("In a recipe, inside a source that reads files:", "prepare: [{}]"),
    "network": ("In a recipe, inside a solver that takes a network:", "network: {}"),
}
"""Kind -> where such a plugin stands in a recipe."""

A_CHAIN = """\
solver:
  - repeat: 10
    solvers:
      - {name: hio, steps: 20}
      - shrinkwrap
  - er"""
"""A chain is what a list means, and its own default is empty."""

SHOWN = 3
"""Options that an example writes out besides those that are needed."""


def describe(name: str) -> str:
    """Return the page of every plugin called `name`; raises InputError with near matches."""
    return "\n".join(page(kind, cls) for kind, cls in registry().called(name))


def page(kind: str, cls: type[Plugin]) -> str:
    """Return a plugin's page: what it does, how a recipe writes it, its options with type, bounds and default."""
    lead, example = usage(kind, cls)
    lines = [f"# {_name(cls)} ({kind})", "", inspect.cleandoc(cls.__doc__ or ""), ""]
    lines += [lead, "", "```yaml fragment", example, "```", ""]
    schema = cls.model_json_schema()
    options = {key: option for key, option in schema["properties"].items() if key != "name"}
    if options:
        lines += ["| option | takes | default | what |", "| --- | --- | --- | --- |"]
    else:
        lines.append("No options.")
    for key, option in options.items():
        default = f"`{flow(option['default'])}`" if "default" in option else ""
        default = "needed" if key in schema["required"] else default
        row = (f"`{key}`", takes(option, schema.get("$defs", {})), default, option.get("description", ""))
        lines.append("| " + " | ".join(text.replace("|", "\\|") for text in row) + " |")  # a bar would end a cell
    return "\n".join([*lines, ""])


def usage(kind: str, cls: type[Plugin]) -> tuple[str, str]:
    """Return how a recipe writes a plugin: a sentence to lead, and the YAML."""
    if cls is Chain:
        return PLACES[kind][0], A_CHAIN
    schema, general = cls.model_json_schema(), INTERFACES[kind].model_fields
    options: dict[str, Any] = {key: "FILE" for key in schema["required"] if key not in general} | dict(cls.example)
    for key, option in schema["properties"].items() if not cls.example else ():
        if key not in general and len(options) < SHOWN and option.get("default") not in (None, []):
            options.setdefault(key, option["default"])
    lead, place = PLACES[kind]
    if issubclass(cls, Solver) and cls.moves_truth == "it is a start":
        place = "start: {}"
    return lead, place.format(flow({"name": _name(cls), **options} if options else _name(cls)))


def flow(value: Any) -> str:
    """Write a value on one line as a recipe would: plugins by name and with what differs from their defaults."""
    plain = written(value)
    if isinstance(plain, dict):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in plain.items()) + "}"
    if isinstance(plain, list):
        return "[" + ", ".join(map(flow, plain)) + "]"
    if plain is None or isinstance(plain, bool):
        return {None: "null", True: "true", False: "false"}[plain]
    if isinstance(plain, float):
        return f"{plain:.6g}"
    return yaml_reader.dump(str(plain)).removesuffix("...\n").strip() if not isinstance(plain, int) else str(plain)


def _name(cls: type[Plugin]) -> str:
    return str(cls.model_fields["name"].default)
