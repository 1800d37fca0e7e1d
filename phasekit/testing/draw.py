"""Options drawn from a plugin's own bounds, and plugins made small enough for a quick check."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from phasekit.core.plugin import Plugin
from phasekit.core.schedule import Between, Schedule
from phasekit.testing.ramp import Ramp

P = TypeVar("P", bound=Plugin)
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
    for _ in range(TRIES):
        options = {key: getattr(plugin, key) for key in type(plugin).model_fields}
        for key, field in type(plugin).model_fields.items():
            if key not in FIXED:
                options[key] = _drawn(field.annotation, field.metadata, options[key], rng, ramps)
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
        fields = type(inner).model_fields
        return {
            key: _ramp(field.metadata, getattr(inner, key), rng) for key, field in fields.items() if _scheduled(field)
        }

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


def _scheduled(field: FieldInfo) -> bool:
    kinds = [field.annotation, *get_args(field.annotation)]
    return any(isinstance(kind, type) and issubclass(kind, Schedule) for kind in kinds)


def _drawn(annotation: Any, metadata: Sequence[Any], value: Any, rng: random.Random, ramps: bool) -> Any:
    """Draw one option; `value` is what it is now, returned if its type is unknown."""
    origin, inside = get_origin(annotation), get_args(annotation)
    if any(isinstance(bound, Between) for bound in metadata):
        return _number(metadata, _level(value), rng) if not ramps or rng.random() < 0.5 else _ramp(metadata, value, rng)
    if origin is Annotated:
        return _drawn(inside[0], [*metadata, *inside[1:]], value, rng, ramps)
    if origin is Literal:
        return rng.choice(inside)
    if origin in (Union, UnionType):
        member = rng.choice(inside)
        return None if member is NoneType else _drawn(member, metadata, value, rng, ramps)
    if origin is tuple and isinstance(value, tuple):
        kinds = [inside[0]] * len(value) if inside[-1] is Ellipsis else inside
        return tuple(_drawn(kind, (), item, rng, ramps) for kind, item in zip(kinds, value, strict=True))
    if annotation is bool:
        return rng.random() < 0.5
    if annotation is int:
        low, high, _ = _bounds(metadata)
        low = low if math.isfinite(low) else float(value or 0)
        return rng.randint(math.ceil(low), math.floor(min(high, low + LARGEST)))
    if annotation is float:
        return _number(metadata, _level(value), rng)
    return value


def _level(value: Any) -> float:
    """Return a number that tells the size of an option."""
    if isinstance(value, Schedule):
        return value.at(0, 1)
    return float(value) if isinstance(value, int | float) else 1.0


def _bounds(metadata: Sequence[Any]) -> tuple[float, float, bool]:
    """Return the lower and the upper bound, and whether both may be taken."""
    low, high, closed = -math.inf, math.inf, True
    for bound in metadata:
        if isinstance(bound, Between):
            low, high = bound.low, bound.high
        elif isinstance(bound, Ge | Gt):
            low = float(str(bound.ge if isinstance(bound, Ge) else bound.gt))
        elif isinstance(bound, Le | Lt):
            high = float(str(bound.le if isinstance(bound, Le) else bound.lt))
        closed = closed and not isinstance(bound, Gt | Lt)
    return low, high, closed


def _number(metadata: Sequence[Any], level: float, rng: random.Random) -> float:
    """Draw a number: anywhere between two bounds, their ends now and then; else of the size of `level`."""
    low, high, closed = _bounds(metadata)
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


def _ramp(metadata: Sequence[Any], value: Any, rng: random.Random) -> Ramp:
    low, high, _ = _bounds(metadata)
    if math.isfinite(low) and math.isfinite(high):
        return Ramp(start=low + 0.9 * (high - low), stop=low + 0.3 * (high - low))
    return Ramp(start=_number(metadata, _level(value), rng), stop=_number(metadata, _level(value), rng))
