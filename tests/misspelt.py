"""Recipes with one word misspelt: a key, an option, or the name of a plugin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from phasekit.core.registry import registry

FREE = {"solvers", "problems", "goals", "seeds", "angles_deg"}
"""Keys whose mappings have names that their author chooses."""

LABELS = {"rank", "monitor"}
"""Keys that name something else than a plugin: a metric of the recipe, a data set."""


def variants(recipe: Any) -> Iterator[tuple[str, Any]]:
    """Yield (place, recipe) with each word misspelt in its turn, by a letter too few."""
    names = {name for _, name in registry().entries}
    return _variants(recipe, "", False, names)


def _variants(value: Any, key: str, free: bool, names: set[str]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for inner, item in value.items():
            if not free:
                yield f"{key}.{inner}", {(k[:-1] if k == inner else k): v for k, v in value.items()}
            for place, changed in _variants(item, inner, inner in FREE and isinstance(item, dict), names):
                yield f"{key}.{place}", {**value, inner: changed}
    elif isinstance(value, list):
        for index, item in enumerate(value):
            for place, changed in _variants(item, str(index), False, names):
                yield f"{key}.{place}", [*value[:index], changed, *value[index + 1 :]]
    elif isinstance(value, str) and value in names and key not in LABELS:
        yield f"{key}: {value}", value[:-1]
