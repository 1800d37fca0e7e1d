"""The values of an option, in the words of a recipe: "list of 2 or 3 whole numbers from 8 to 4096"."""

from __future__ import annotations

import inspect
import types
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic.fields import FieldInfo

from phasekit.core.plugin import Options, Plugin
from phasekit.core.schedule import Between
from phasekit.runtime.paths import Existing

WORDS = {"int": "whole number", "float": "number", "str": "text", "bool": "true or false", "Path": "file"}
"""The names of Python's types in a recipe."""


def takes(field: FieldInfo) -> str:
    """Describe the values of an option, including bounds."""
    return phrase(field.annotation, field.metadata)


def phrase(annotation: Any, metadata: Sequence[Any] = (), many: bool = False) -> str:
    """Describe a type with its bounds; `many` gives the plural."""
    origin, inside = get_origin(annotation), get_args(annotation)
    # Inside a list, pydantic leaves a Field unchanged.
    metadata = [bound for m in metadata for bound in (m.metadata if isinstance(m, FieldInfo) else [m])]
    if between := next((bound for bound in metadata if isinstance(bound, Between)), None):
        limits = [Ge(between.low), *([Le(between.high)] if between.high < float("inf") else [])]
        return f"{phrase(float, limits, many)}, or {'schedules' if many else 'a schedule'}"
    if path := next((entry for entry in metadata if isinstance(entry, Existing)), None):
        return path.word + ("s" if many else "")
    if origin is Annotated:
        return phrase(inside[0], (*metadata, *inside[1:]), many)
    if origin is Literal:
        *others, last = (f"`{_literal(value)}`" for value in inside)
        return f"{', '.join(others)} or {last}" if others else last
    if origin in (Union, types.UnionType):
        words = [phrase(part, metadata, many) for part in inside if part is not type(None)]
        return ", or ".join([*dict.fromkeys(words), *(["`null`"] if type(None) in inside else [])])
    if origin is tuple:
        return _list(inside, metadata)
    if origin is Mapping:
        return f"mapping{'s' if many else ''} of {' to '.join(phrase(part, (), True) for part in inside)}"
    if inspect.isclass(annotation) and issubclass(annotation, Options) and not issubclass(annotation, Plugin):
        return f"{annotation.__name__.lower()}{'s' if many else ''} {{{', '.join(annotation.model_fields)}}}"
    if inspect.isclass(annotation) and issubclass(annotation, Plugin):
        return _plural(annotation.kind) if many else annotation.kind
    word = getattr(annotation, "__name__", str(annotation))
    word = WORDS.get(word, word) + ("s" if many and annotation is not bool else "")
    return word + (_bounds(metadata) if annotation in (int, float) else "")


def _plural(word: str) -> str:
    """Return "solvers", "losses", "geometries"."""
    if word.endswith("y"):
        return word[:-1] + "ies"
    return word + ("es" if word.endswith("s") else "s")


def _list(inside: tuple[Any, ...], metadata: Sequence[Any]) -> str:
    """Describe a tuple: the number of entries, and their type."""
    if Ellipsis not in inside:
        alike = len(set(map(repr, inside))) == 1
        return (
            f"list of {len(inside)} {phrase(inside[0], (), True)}" if alike else f"[{', '.join(map(phrase, inside))}]"
        )
    ends = [
        getattr(m, at)
        for kind, at in ((MinLen, "min_length"), (MaxLen, "max_length"))
        for m in metadata
        if isinstance(m, kind)
    ]
    count = f"{ends[0]} {'or' if ends[1] - ends[0] == 1 else 'to'} {ends[1]} " if len(ends) == 2 else ""
    return f"list of {count}{phrase(inside[0], (), True)}"


def _bounds(metadata: Sequence[Any]) -> str:
    """Describe bounds: " from 0 to 1" if both are included, else " > 0, ≤ 1"."""
    names = {Ge: ("≥", "ge"), Gt: (">", "gt"), Le: ("≤", "le"), Lt: ("<", "lt")}
    bounds = {names[type(m)][0]: getattr(m, names[type(m)][1]) for m in metadata if type(m) in names}
    if set(bounds) == {"≥", "≤"}:
        return f" from {_number(bounds['≥'])} to {_number(bounds['≤'])}"
    return "".join(f"{',' if place else ''} {symbol} {_number(v)}" for place, (symbol, v) in enumerate(bounds.items()))


def _number(value: float) -> str:
    """Write a bound: powers of ten from 10⁵ on as 1e5, any other whole number in full."""
    if value != int(value):
        return f"{value:g}"
    digits = str(int(value))
    return f"1e{len(digits) - 1}" if len(digits) > 5 and digits.strip("0") == "1" else digits


def _literal(value: Any) -> str:
    return f"'{value}'" if value in ("+", "-") else str(value)
