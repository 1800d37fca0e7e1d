"""What a plugin does and takes, as Markdown: for `phasekit show` and the generated pages."""

from __future__ import annotations

import inspect
import types
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from phasekit.errors import InputError
from phasekit.interfaces import Between
from phasekit.near import near
from phasekit.plugin import Plugin
from phasekit.registry import registry


def describe(name: str) -> str:
    """Return the page of every plugin called `name`; raises InputError with near matches."""
    found = [(kind, n) for kind, n in registry().entries if n == name]
    if not found:
        raise InputError(f"no plugin is called '{name}'; {near(name, (n for _, n in registry().entries))}")
    return "\n".join(page(kind, cls) for kind, n in found for _, cls in registry().entries[kind, n])


def page(kind: str, cls: type[Plugin]) -> str:
    """Return a plugin's page: what it does, its options with type, bounds and default, and how to write it."""
    name = str(cls.model_fields["name"].default)
    lines = [f"# {name} ({kind})", "", inspect.cleandoc(cls.__doc__ or ""), ""]
    options = {key: field for key, field in cls.model_fields.items() if key != "name"}
    if options:
        lines += ["| option | takes | default | what |", "| --- | --- | --- | --- |"]
        lines += [
            f"| `{key}` | {_takes(field)} | {_default(field)} | {field.description or ''} |"
            for key, field in options.items()
        ]
    else:
        lines.append("No options.")
    return "\n".join([*lines, ""])


def _takes(field: FieldInfo) -> str:
    bounds = [f"{symbol} {getattr(m, attribute):g}" for m in field.metadata for symbol, attribute in _bounds(m)]
    between = [f"{m.low:g} to {m.high:g}" for m in field.metadata if isinstance(m, Between)]
    return _type(field.annotation) + "".join(f", {bound}" for bound in [*bounds, *between])


def _bounds(metadata: Any) -> list[tuple[str, str]]:
    names = {Ge: ("≥", "ge"), Gt: (">", "gt"), Le: ("≤", "le"), Lt: ("<", "lt")}
    return [names[type(metadata)]] if type(metadata) in names else []


def _type(annotation: Any) -> str:
    """Say a type in the words of a recipe."""
    if inspect.isclass(annotation) and issubclass(annotation, Plugin):
        return f"{annotation.kind}"
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in args)
    if origin in (Union, types.UnionType):
        return " or ".join(_type(arg) for arg in args)
    if origin is tuple:
        inner = [arg for arg in args if arg is not Ellipsis]
        return f"list of {_type(inner[0])}" if Ellipsis in args else f"[{', '.join(map(_type, inner))}]"
    if hasattr(annotation, "__metadata__"):
        return _type(origin)
    names = {
        "int": "whole number",
        "float": "number",
        "str": "text",
        "bool": "true or false",
        "NoneType": "nothing",
    }
    word = getattr(annotation, "__name__", str(annotation))
    return {**names, "Path": "path"}.get(word, word)


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is PydanticUndefined:
        return "needed"
    if isinstance(value, Plugin):
        return f"`{value.model_dump(mode='json')}`"
    return "" if value is None else f"`{value}`"
