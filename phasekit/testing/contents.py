"""The contents of states and problems, to detect changes and differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import torch
from torch import Tensor


def contents(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Walk dataclasses, mappings and sequences: (place, tensor or plain value), as "inner.object"."""
    inner: Mapping[Any, Any]
    if is_dataclass(value) and not isinstance(value, type):
        inner = {field.name: getattr(value, field.name) for field in fields(value)}
    elif isinstance(value, Mapping):
        inner = value
    elif isinstance(value, tuple | list):
        inner = dict(enumerate(value))
    else:
        yield place, value
        return
    for key, item in inner.items():
        yield from contents(item, f"{place}.{key}" if place else str(key))


def snapshot(value: Any) -> dict[str, Any]:
    """Copy everything in `value`: place -> copy."""
    return {place: item.clone() if isinstance(item, Tensor) else item for place, item in contents(value)}


def first_difference(before: Mapping[str, Any], value: Any) -> str:
    """Name the first place where `value` is not, bit for bit, what its snapshot `before` was; else ""."""
    now = dict(contents(value))
    for place in [*before, *now]:
        if place not in before or place not in now or not _same(before[place], now[place]):
            return place
    return ""


def strange_place(value: Any) -> str:
    """Name the first tensor in `value` that holds a NaN or an infinity; "" if there is none."""
    for place, item in contents(value):
        if isinstance(item, Tensor) and not bool(torch.isfinite(item).all()):
            return place
    return ""


def distance(one: Tensor, other: Tensor) -> float:
    """Return ‖one − other‖ / ‖other‖, over all axes; the plain norm where `other` is zero."""
    size = float(torch.linalg.vector_norm(other))
    return float(torch.linalg.vector_norm(one.to(other.device) - other)) / (size or 1.0)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return one.dtype == other.dtype and one.shape == other.shape and bool(torch.equal(one, other))
    return type(one) is type(other) and bool(one == other)
