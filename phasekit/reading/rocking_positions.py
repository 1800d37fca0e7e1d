"""Positions of the rocking axis: one step from frame to frame, in one direction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import AfterValidator, Field

from phasekit.runtime.errors import InputError


def _two_or_more(points: tuple[int, int]) -> tuple[int, int]:
    if points[1] - points[0] < 2:
        raise ValueError(f"should be the first point and the one after the last, two points or more, got {points}")
    return points


Points = Annotated[
    tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]],
    AfterValidator(_two_or_more),
]
"""A range of a scan: its first point, and the one after its last."""


def mean_step(positions: np.ndarray, axis: str, frames: Sequence[str] | None = None) -> float:
    """Return the mean step of (frames,) positions, in their unit.

    Raises InputError, with the frame's name from `frames` (by default its number), if a position is not a
    number, if the axis reverses, or if it does not move.
    """
    names = frames or [f"frame {k}" for k in range(len(positions))]
    if len(positions) < 2:
        raise InputError(f"{axis} has {len(positions)} position; a scan needs at least two")
    strange = np.flatnonzero(~np.isfinite(positions))
    if len(strange):
        raise InputError(f"the position of {axis} is not a number at {names[strange[0]]}; exclude that end")
    steps = np.diff(positions)
    if not steps.any():
        raise InputError(
            f"{axis} is at {positions[0]:g} in every frame, so its step is 0; was another axis scanned, or is "
            "this another scan?"
        )
    forward = 1.0 if (steps > 0).sum() >= (steps < 0).sum() else -1.0
    back = np.flatnonzero(steps * forward < 0)
    if len(back):
        k = int(back[0]) + 1
        raise InputError(
            f"{axis} reverses at {names[k]}: from {positions[k - 1]:g} to {positions[k]:g}, while the scan goes "
            f"{'up' if forward > 0 else 'down'} elsewhere; it must keep one direction: select a range with points"
        )
    return float((positions[-1] - positions[0]) / (len(positions) - 1))
