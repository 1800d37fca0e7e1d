"""What a plugin does, takes and is written like in a recipe, as Markdown: for `phasekit show` and generated pages."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from phasekit.core.chain import Chain, Constant
from phasekit.core.hookspecs import INTERFACES
from phasekit.core.plugin import Plugin
from phasekit.core.registry import registry
from phasekit.core.solver import Solver
from phasekit.core.wording import takes
from phasekit.runtime import yaml_reader
from phasekit.runtime.errors import InputError
from phasekit.runtime.suggest import near

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
    found = [(kind, n) for kind, n in registry().entries if n == name]
    if not found:
        raise InputError(f"no plugin is called '{name}'; {near(name, (n for _, n in registry().entries))}")
    return "\n".join(page(kind, cls) for kind, n in found for _, cls in registry().entries[kind, n])


def page(kind: str, cls: type[Plugin]) -> str:
    """Return a plugin's page: what it does, how a recipe writes it, its options with type, bounds and default."""
    lead, example = usage(kind, cls)
    lines = [f"# {_name(cls)} ({kind})", "", inspect.cleandoc(cls.__doc__ or ""), ""]
    lines += [lead, "", "```yaml fragment", example, "```", ""]
    options = {key: field for key, field in cls.model_fields.items() if key != "name"}
    if options:
        lines += ["| option | takes | default | what |", "| --- | --- | --- | --- |"]
        lines += [
            "| " + " | ".join(_cell(text) for text in row) + " |"
            for key, field in options.items()
            for row in [(f"`{key}`", takes(field), _default(field), field.description or "")]
        ]
    else:
        lines.append("No options.")
    return "\n".join([*lines, ""])


def usage(kind: str, cls: type[Plugin]) -> tuple[str, str]:
    """Return how a recipe writes a plugin: a sentence to lead, and the YAML."""
    if cls is Chain:
        return PLACES[kind][0], A_CHAIN
    general = INTERFACES[kind].model_fields
    own = {key: field for key, field in cls.model_fields.items() if key not in general}
    options: dict[str, Any] = {key: "FILE" for key, field in own.items() if field.is_required()}
    options |= cls.example
    for key, field in own.items() if not cls.example else ():
        if len(options) < SHOWN and key not in options and (value := _value(field)) not in (None, ()):
            options[key] = value
    lead, place = PLACES[kind]
    if issubclass(cls, Solver) and cls.moves_truth == "it is a start":
        place = "start: {}"
    return lead, place.format(flow({"name": _name(cls), **options} if options else _name(cls)))


def flow(value: Any) -> str:
    """Write a value on one line as a recipe would: plugins by name and with what differs from their defaults."""
    if isinstance(value, Constant):
        return flow(value.value)
    if isinstance(value, Plugin):
        fields = type(value).model_fields
        changed = {key: getattr(value, key) for key in fields if getattr(value, key) != _value(fields[key])}
        return flow({"name": value.name, **changed} if changed else value.name)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float):
        return f"{value:.6g}"
    return yaml_reader.dump(str(value)).removesuffix("...\n").strip() if not isinstance(value, int) else str(value)


def _name(cls: type[Plugin]) -> str:
    return str(cls.model_fields["name"].default)


def _value(field: FieldInfo) -> Any:
    """Return the default as the class has it once it is made: "chi2" may stand for a plugin."""
    return field.get_default(call_default_factory=True, validated_data={})


def _default(field: FieldInfo) -> str:
    value = _value(field)
    return "needed" if value is PydanticUndefined else f"`{flow(value)}`"


def _cell(text: str) -> str:
    """Keep a bar in the text from ending the table's cell."""
    return text.replace("|", "\\|")
