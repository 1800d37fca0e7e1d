"""Options with one number per axis of the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from phasekit.runtime.errors import InputError

Positive = Annotated[int, Field(ge=1, le=1_000_000)]
Index = Annotated[int, Field(ge=0, le=1_000_000)]


def per_axis(step: str, given: Sequence[int], ndim: int) -> tuple[int, ...]:
    """Return the numbers; raises InputError unless there is one per axis."""
    if len(given) != ndim:
        raise InputError(f"{step} {tuple(given)} has {len(given)} numbers for {ndim} axes; give one per axis")
    return tuple(given)
