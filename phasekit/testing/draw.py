"""Options drawn from a plugin's own bounds, and plugins made small enough for a quick check."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

from pydantic import ValidationError

from phasekit.core.declared import referred
from phasekit.core.plugin import Plugin
from phasekit.core.schedule import Schedule
from phasekit.testing.ramp import Ramp

P = TypeVar("P", bound=Plugin)
Schema = Mapping[str, Any]
FIXED = {"name", "ndim"}
"""Options that are not drawn."""
LARGEST = 11
"""Maximum distance of a drawn whole number from its lower bound, so that checks stay fast."""
TRIES = 20


def draw_options(plugin: P, rng: random.Random, ramps: bool = True) -> P:
    """Return `plugin` with options drawn from their bounds; those of unknown types stay.

    Schedules are drawn as numbers or, with `ramps`, as straight lines. If options are incompatible, the
    class refuses them, and others are drawn.
    """
    schemas = {key: schema for key, schema in _schemas(type(plugin)).items() if key not in FIXED}
    for _ in range(TRIES):
        options = {key: getattr(plugin, key) for key in type(plugin).model_fields}
        options |= {key: _drawn(schema, options[key], rng, ramps) for key, schema in schemas.items()}
        try:
            return type(plugin).model_validate(options)
        except ValidationError:
            continue
    return plugin


def shortened(plugin: P, steps: int = 6) -> P:
    """Return `plugin` with at most `steps` in every option `steps`, its own and of the plugins inside; few `tries`."""

    def fewer(inner: Plugin) -> dict[str, Any]:
        given = {key: (getattr(inner, key, None), most) for key, most in (("steps", steps), ("tries", 3))}
        return {key: min(value, most) for key, (value, most) in given.items() if isinstance(value, int)}

    return _rebuilt(plugin, fewer)


def ramped(plugin: P) -> P:
    """Return `plugin` with every schedule replaced by a straight line over the range of its bounds."""
    rng = random.Random(0)

    def slope(inner: Plugin) -> dict[str, Any]:
        schemas = _schemas(type(inner)).items()
        return {key: _ramp(schema, getattr(inner, key), rng) for key, schema in schemas if _scheduled(schema)}

    return _rebuilt(plugin, slope)


def with_options(plugin: P, **options: Any) -> P:
    """Return `plugin` with some options changed and all of them checked."""
    return type(plugin).model_validate({key: getattr(plugin, key) for key in type(plugin).model_fields} | options)


def _rebuilt(plugin: P, edit: Callable[[Plugin], dict[str, Any]]) -> P:
    """Apply `edit` (plugin -> changed options) to a plugin and those inside; what a class refuses stays."""
    inner = {key: _within(getattr(plugin, key), edit) for key in type(plugin).model_fields}
    try:
        return with_options(plugin, **(inner | edit(plugin)))
    except ValidationError:
        return plugin


def _within(value: Any, edit: Callable[[Plugin], dict[str, Any]]) -> Any:
    if isinstance(value, Plugin):
        return _rebuilt(value, edit)
    if isinstance(value, Mapping):
        return {key: _within(item, edit) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(_within(item, edit) for item in value)
    return value


@cache
def _schemas(cls: type[Plugin]) -> dict[str, Schema]:
    """Return the JSON Schema of each option, with that of what it refers to in it."""
    declared = cls.model_json_schema()
    return {key: _followed(schema, declared.get("$defs", {})) for key, schema in declared["properties"].items()}


def _followed(schema: Schema, definitions: Schema) -> Schema:
    found = {**referred(schema["$ref"], definitions), **schema} if "$ref" in schema else dict(schema)
    if "anyOf" in found and "title" not in found:
        found["anyOf"] = [_followed(choice, definitions) for choice in found["anyOf"]]
    return found


def _scheduled(schema: Schema) -> bool:
    return any(choice.get("title") == "schedule" for choice in (schema, *schema.get("anyOf", ())))


def _drawn(schema: Schema, value: Any, rng: random.Random, ramps: bool) -> Any:
    """Draw one option; `value` is what it is now, returned where its schema does not say enough."""
    if schema.get("title") == "schedule":
        return _number(schema, _level(value), rng) if not ramps or rng.random() < 0.5 else _ramp(schema, value, rng)
    if "title" in schema:  # a plugin, other options, a name
        return value
    if "enum" in schema:
        return rng.choice(schema["enum"])
    if "anyOf" in schema:
        return _drawn(rng.choice(schema["anyOf"]), value, rng, ramps)
    if schema.get("type") == "array" and isinstance(value, tuple):
        kinds = schema.get("prefixItems") or [schema.get("items", {})] * len(value)
        # Whole numbers in a list are sizes: a network of single channels or data of one voxel show little.
        kinds = [
            {**kind, "minimum": item} if kind.get("type") == "integer" else kind
            for kind, item in zip(kinds, value, strict=True)
        ]
        return tuple(_drawn(kind, item, rng, ramps) for kind, item in zip(kinds, value, strict=True))
    return _simple(schema, value, rng)


def _simple(schema: Schema, value: Any, rng: random.Random) -> Any:
    """Draw what is neither made of others nor a choice of some."""
    match schema.get("type"):
        case "null":
            return None
        case "boolean":
            return rng.random() < 0.5
        case "integer":
            low, high, _ = _bounds(schema)
            low = low if math.isfinite(low) else float(value or 0)
            return rng.randint(math.ceil(low), math.floor(min(high, low + LARGEST)))
        case "number":
            return _number(schema, _level(value), rng)
    return value


def _level(value: Any) -> float:
    """Return a number that tells the size of an option."""
    if isinstance(value, Schedule):
        return value.at(0, 1)
    return float(value) if isinstance(value, int | float) else 1.0


def _bounds(schema: Schema) -> tuple[float, float, bool]:
    """Return the lower and the upper bound, and whether both may be taken."""
    low = schema.get("exclusiveMinimum", schema.get("minimum", -math.inf))
    high = schema.get("exclusiveMaximum", schema.get("maximum", math.inf))
    return low, high, not {"exclusiveMinimum", "exclusiveMaximum"} & schema.keys()


def _number(schema: Schema, level: float, rng: random.Random) -> float:
    """Draw a number: anywhere between two bounds, their ends now and then; else of the size of `level`."""
    low, high, closed = _bounds(schema)
    if math.isfinite(low) and math.isfinite(high):
        if closed and rng.random() < 0.2:
            return rng.choice((low, high))
        return low + (high - low) * rng.uniform(0.001, 0.999)
    size = 10 ** rng.uniform(-1, 1)
    if math.isfinite(low):
        return low + (abs(level - low) or 1.0) * size
    if math.isfinite(high):
        return high - (abs(level - high) or 1.0) * size
    return level + (abs(level) or 1.0) * rng.uniform(-2, 2)


def _ramp(schema: Schema, value: Any, rng: random.Random) -> Ramp:
    low, high, _ = _bounds(schema)
    if math.isfinite(low) and math.isfinite(high):
        return Ramp(start=low + 0.9 * (high - low), stop=low + 0.3 * (high - low))
    return Ramp(start=_number(schema, _level(value), rng), stop=_number(schema, _level(value), rng))
