"""Where the rocking axis stood: one step from frame to frame, in one direction."""

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
"""Part of a scan: its first point, and the one after its last."""


def mean_step(positions: np.ndarray, axis: str, frames: Sequence[str] | None = None) -> float:
    """Return the mean step of (frames,) positions, in their unit.

    Raises InputError, with the frame's name from `frames` (by default its number), where a position is not a
    number, where the axis turns back, and where it stands still.
    """
    names = frames or [f"frame {k}" for k in range(len(positions))]
    if len(positions) < 2:
        raise InputError(f"{axis} has {len(positions)} position; a scan needs two or more")
    strange = np.flatnonzero(~np.isfinite(positions))
    if len(strange):
        raise InputError(f"the position of {axis} is not a number at {names[strange[0]]}; leave that end out")
    steps = np.diff(positions)
    if not steps.any():
        raise InputError(
            f"{axis} stands at {positions[0]:g} in every frame, so its step is 0; was another axis scanned, or is "
            "this another scan?"
        )
    forward = 1.0 if (steps > 0).sum() >= (steps < 0).sum() else -1.0
    back = np.flatnonzero(steps * forward < 0)
    if len(back):
        k = int(back[0]) + 1
        raise InputError(
            f"{axis} turns back at {names[k]}: from {positions[k - 1]:g} to {positions[k]:g}, while the scan goes "
            f"{'up' if forward > 0 else 'down'} elsewhere; a scan in one direction is needed: take a part with points"
        )
    return float((positions[-1] - positions[0]) / (len(positions) - 1))
