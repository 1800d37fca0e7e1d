"""What is wrong with options, in a reader's words: the same sentence from Python, a recipe and any other file."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from phasekit.runtime.errors import InputError
from phasekit.runtime.suggest import near
from phasekit.runtime.tree import Place, Tree


def explained(error: ValidationError, owner: str, known: list[str]) -> ValidationError:
    """Rewrite `error` in a reader's words: near matches for what is unknown, and what was got."""
    details: list[InitErrorDetails] = []
    for line in error.errors(include_url=False):
        kind, message = line["type"], line["msg"].removeprefix("Value error, ")
        if kind == "extra_forbidden" and len(line["loc"]) == 1:
            kind = "unknown_option"
            message = f"{owner} has no option '{line['loc'][0]}'; {near(str(line['loc'][0]), known)}"
        elif kind == "missing" and len(line["loc"]) == 1:
            message = f"{owner} needs the option '{line['loc'][0]}'"
        elif kind == "path_type":
            message = f"should be a path, got {line['input']!r}"
        elif kind == "model_type":
            message = f"must be options, written as {{option: value}}, got {line['input']!r}"
        elif kind in ("too_short", "too_long"):
            message = re.sub("^(Tuple|Dictionary) should", "should", message).replace(" after validation", "")
        elif message.startswith("Input should"):
            said = message.replace("Input should", "should", 1).replace("a valid tuple", "a list")
            message = f"{said.removesuffix(', got a number with a fractional part')}, got {line['input']!r}"
        custom = PydanticCustomError(kind, message)
        details.append(InitErrorDetails(type=custom, loc=_refused(line), input=line["input"]))
    return ValidationError.from_exception_data(owner, details)


def _refused(line: ErrorDetails) -> tuple[str | int, ...]:
    """Return where a mistake stands: what refuses options as a whole may name one of them, by an InputError."""
    refusal = line.get("ctx", {}).get("error")
    named = refusal.place if isinstance(refusal, InputError) else None
    inside = tuple(int(key) if key.isdecimal() else key for key in named.split(".")) if named else ()
    return line["loc"] if line["loc"][-len(inside) :] == inside else (*line["loc"], *inside)


@dataclass(frozen=True)
class Mistake:
    """One mistake in data as they were written; as a text "place: reason"."""

    place: Place
    """Keys and indices from the top; of an unknown option its own."""
    shown: Place
    """The place for messages: that of the owner, if the option is unknown."""
    reason: str

    def __str__(self) -> str:
        return ": ".join(filter(None, [".".join(map(str, self.shown)), self.reason]))


def mistakes(error: ValidationError, data: Any) -> list[Mistake]:
    """Return every mistake that was found in `data`, once each, in the order of validation."""
    found: list[tuple[Mistake, bool]] = []
    lines = error.errors(include_url=False)
    for line in lines:
        if line["type"] == "too_short" and any(other["loc"][:-1] == line["loc"] for other in lines):
            continue  # entries that are wrong were not counted
        place, tagged = _written(line["loc"], data)
        shown = place
        if line["type"] == "unknown_option":
            key = line["loc"][-1]
            place = place if place[-1:] == (key,) else (*place, key)
            shown = place[:-1]
        found.append((Mistake(place, shown, line["msg"].removeprefix("Value error, ")), tagged))
    kept = []
    for mistake, tagged in found:
        here = [(one.place, t) for one, t in found if one.place[: len(mistake.place)] == mistake.place]
        if tagged and len(here) > 1 and any(not t or place != mistake.place for place, t in here):
            continue  # the other branch of "a schedule or a number" says it better
        kept.append(mistake)
    return list(dict.fromkeys(kept))


def _written(loc: Sequence[str | int], data: Any) -> tuple[Place, bool]:
    """Find an error in data as written: shorthands left `solvers` out, unions put names of types in."""
    place: list[str | int] = []
    tagged, node = False, data
    for part in loc:
        listed = isinstance(node, list | tuple) and part in range(len(node))
        if listed or (isinstance(node, Mapping) and part in node):
            node = node[part]
            place.append(part)
        else:
            tagged = tagged or part in ("float", "int")
    return tuple(place), tagged


def listed(error: ValidationError, data: Any) -> str:
    """Say every mistake in data that were made in Python: "place: reason; place: reason"."""
    return "; ".join(map(str, mistakes(error, data)))


def located(error: ValidationError, tree: Tree, elsewhere: Callable[[Place], str | None] = lambda _: None) -> list[str]:
    """Say every mistake in a file as `file:line: place: reason`, in the order of the file.

    `elsewhere` names what has set a place, where that is not the file: these come last.
    """
    sentences: list[tuple[int, str]] = []
    for mistake in mistakes(error, tree.data):
        line, other = tree.line(mistake.place) or 1, elsewhere(mistake.place)
        start = f"{tree.file}:{line}" if other is None else other
        sentences.append((line if other is None else sys.maxsize, f"{start}: {mistake}"))
    return [sentence for _, sentence in dict.fromkeys(sorted(sentences, key=lambda ranked: ranked[0]))]
