"""Mistakes in the keys of a task, as (place, reason): the same sentences for a recipe and for a Python call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

Place = tuple[str | int, ...]


class Mistake(NamedTuple):
    """One mistake."""

    place: Place
    """The key concerned, from the outside in."""
    reason: str

    def __str__(self) -> str:
        shown = self.place[:-1] if " has no option " in self.reason else self.place
        where = ".".join(map(str, shown))
        return f"{where}: {self.reason}" if where else self.reason


def mistakes(error: ValidationError, data: Any) -> list[Mistake]:
    """Return every mistake in `data`, the keys as given, from pydantic's errors with their own places."""
    found: list[tuple[Mistake, bool]] = []
    lines = error.errors(include_url=False)
    for line in lines:
        place, tagged = _place(line["loc"], data)
        inside = [other for other in lines if other["loc"][:-1] == line["loc"]]
        if line["type"] == "too_short" and inside:
            continue  # wrong entries were not counted
        if line["type"] == "unknown_option" and (not place or place[-1] != line["loc"][-1]):
            place = (*place, line["loc"][-1])
        found.append((Mistake(place, line["msg"].removeprefix("Value error, ")), tagged))
    kept: list[Mistake] = []
    for mistake, tagged in found:
        place = mistake.place
        others = [(other, union) for other, union in found if other.place[: len(place)] == place]
        if tagged and len(others) > 1 and any(not union or other.place != place for other, union in others):
            continue  # the other branch of "a schedule or a number" has the better message
        kept.append(mistake)
    return kept


def _place(loc: Sequence[str | int], data: Any) -> tuple[Place, bool]:
    """Find an error in the keys as given: shorthands omit `solvers`, unions insert names of types."""
    place: list[str | int] = []
    tagged, node = False, data
    for part in loc:
        listed = isinstance(node, list | tuple) and part in range(len(node))
        if (isinstance(node, Mapping) and part in node) or listed:
            node = node[part]
            place.append(part)
        else:
            tagged = tagged or part in ("float", "int")
    return tuple(place), tagged
