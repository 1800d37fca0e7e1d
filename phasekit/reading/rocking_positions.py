"""Positions of the rocking axis: a line from frame to frame, in one direction, with the scatter about it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import AfterValidator, Field

from phasekit.reading.stored import Stored
from phasekit.runtime.errors import InputError

TOGETHER = 0.02
"""Range of another axis, over that of the scanned one, from which it counts as moved with it."""
DRIFT = 1e-3
"""Range of an axis, degrees or keV, up to which it stands still where no command says which axes move."""
ROUNDING = 1e-6
"""Deviation from the line, over its step, up to which positions are even but for rounding."""
STILL = 5.0
"""An axis moves if it goes farther than this many times its scatter."""
OUTLIER = 5.0
"""Scatters from the line beyond which a position is misplaced, not scattered."""
FEW = 8
"""Number of positions from which scatter and a misplaced one can be distinguished."""
SMOOTH = 0.5
"""Usual step over the scatter below which positions follow a curve that is no line."""
NOTED = 0.01
"""Scatter over the step from which a note gives it."""
SAMPLED = 400
"""Positions that the first, robust slope is computed from; it takes the square of their number."""

SAME = 0.1
"""Distance of two positions, over the usual step, below which they are one."""
PAUSED = 0.25
"""Deviation from even steps, over the step, which pauses have and the points without them do not."""
PAUSES = 0.2
"""Part of the points that pauses may be; more repeated numbers are those of an encoder that rounds."""


def _two_or_more(points: tuple[int, int]) -> tuple[int, int]:
    if points[1] - points[0] < 2:
        raise ValueError(f"should be the first point and the one after the last, two points or more, got {points}")
    return points


Points = Annotated[
    tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]],
    AfterValidator(_two_or_more),
]
"""A range of a scan: its first point, and the one after its last."""

PositionsName = Annotated[
    Annotated[str, Field(min_length=1)] | None,
    Field(
        description="Data set with the position of the rocking axis per frame, degrees or keV, to check the steps: "
        "measurement/eta_center for example."
    ),
]
"""An option of sources that know no axis of the scan."""


@dataclass(frozen=True)
class Line:
    """Even positions: those that the readings of an axis scatter about."""

    start: float
    """Position of frame 0."""
    step: float
    """Step from frame to frame, with its sign."""
    scatter: float
    """Standard deviation of the readings about the line, estimated from the median."""

    def notes(self, axis: str) -> tuple[str, ...]:
        """Return a note with the scatter, if it is worth one."""
        if self.scatter < NOTED * abs(self.step):
            return ()
        return (
            f"the positions of {axis} scatter by {self.scatter:.2g}, {self.scatter / abs(self.step):.0%} of the step, "
            f"about a line that begins at {self.start:.6g} with steps of {self.step:.4g}: the line is used",
        )


def line(positions: np.ndarray) -> Line:
    """Return the line through (frames,) positions, at least two of them numbers; misplaced ones have no weight."""
    index = np.flatnonzero(np.isfinite(positions))
    at = np.asarray(positions, dtype=np.float64)[index]
    step = float((at[-1] - at[0]) / (index[-1] - index[0]))
    start = float(at[0] - step * index[0])
    if (np.abs(at - start - step * index) <= ROUNDING * abs(step)).all():
        return Line(start, step, 0.0)
    some = np.unique(np.linspace(0, len(index) - 1, min(len(index), SAMPLED)).round().astype(int))
    from scipy.stats import theilslopes  # takes a second to import

    step = float(theilslopes(at[some], index[some])[0])
    start = float(np.median(at - step * index))
    for _ in range(3):
        off = np.abs(at - start - step * index)
        scatter = 1.4826 * float(np.median(off))
        good = off <= max(OUTLIER * scatter, ROUNDING * abs(step))
        if good.sum() < 2:
            break
        step, start = (float(x) for x in np.polyfit(index[good], at[good], 1))
    return Line(start, step, scatter)


def moving(positions: Mapping[str, np.ndarray], commanded: Collection[str] = ()) -> list[str]:
    """Return the axes that move, of name -> (frames,) positions.

    An axis that stands still but for its scatter does not move. Nor does one that goes less than 2 % of the range of
    the `commanded` ones; where none is commanded, less than 0.001 degrees or keV.
    """
    ranges = dict.fromkeys(positions, 0.0)
    for name, at in positions.items():
        if np.isfinite(at).sum() >= 2:
            found = line(at)
            span = abs(found.step) * (len(at) - 1)
            ranges[name] = span if span > STILL * found.scatter else 0.0
    usual = min((ranges[name] for name in commanded if ranges.get(name)), default=0.0)
    return [name for name, span in ranges.items() if span > (TOGETHER * usual or DRIFT)]


def pauses(positions: np.ndarray) -> np.ndarray | None:
    """Return the point that each of (frames,) positions belongs to; None if there are no pauses.

    There are if the steps are even but for frames at the position of the one before: few of them, or as many at every
    point.
    """
    at = np.asarray(positions, dtype=np.float64)
    if len(at) < 3 or not np.isfinite(at).all():
        return None
    steps = np.abs(np.diff(at))
    forward = steps[steps > SAME * np.quantile(steps, 0.95)]
    usual = float(np.median(forward)) if len(forward) else 0.0
    point = np.concatenate([[0], np.cumsum(steps >= SAME * usual)])
    frames = np.bincount(point)
    alike = len(set(frames.tolist())) == 1 and frames[0] > 1
    if usual == 0 or len(frames) < 3 or not (alike or 0 < (frames > 1).mean() <= PAUSES):
        return None
    after = _deviation(of_points(at, point))
    return point if after <= PAUSED < _deviation(at) else None


def wild(positions: np.ndarray, even: Line) -> np.ndarray:
    """Return (frames,) bool: single readings off the line by a step or more, with the readings beside them on it."""
    off = np.abs(positions - even.start - even.step * np.arange(len(positions)))
    usual = OUTLIER * even.scatter
    far, on = off > max(abs(even.step), usual), off <= max(PAUSED * abs(even.step), usual)
    beside = np.concatenate([[True], on[:-1]]) & np.concatenate([on[1:], [True]])
    alone: np.ndarray = far & beside & (len(positions) >= FEW) & (on.mean() > 1 - PAUSES)
    return alone


def of_points(values: np.ndarray, point: np.ndarray) -> np.ndarray:
    """Return the mean of (frames, …) values over the frames of each point."""
    return np.stack([values[point == k].mean(axis=0) for k in range(int(point[-1]) + 1)])


def scan_line(positions: np.ndarray, axis: str, frames: Sequence[str] | None = None) -> Line:
    """Return the line through (frames,) positions, in their unit; positions that are not numbers have no weight.

    Of a scan that paused, see `pauses`, it is the line through its points. Single wild readings have no weight.
    Raises InputError, with the frame's name from `frames` (by default its number), if the axis reverses by more than
    its scatter, or if it does not move.
    """
    names = list(frames or [f"frame {k}" for k in range(len(positions))])
    if (point := pauses(positions)) is not None:
        names = [names[k] for k in np.flatnonzero(np.diff(point, prepend=-1))]
        positions = of_points(positions, point)
    known = np.flatnonzero(np.isfinite(positions))
    if len(known) < 2:
        raise InputError(f"{axis} has {len(known)} position{'s'[: len(known) != 1]}; a scan needs at least two")
    found = line(positions)
    known = known[~wild(positions, found)[known]]
    at = positions[known]
    steps = np.diff(at)
    flat = len(at) >= FEW and abs(found.step) * (len(positions) - 1) <= STILL * found.scatter
    smooth = np.median(np.abs(steps)) < SMOOTH * found.scatter
    if not steps.any() or (flat and not smooth):
        scatter = f" but for a scatter of {found.scatter:.2g}" if found.scatter else ""
        raise InputError(
            f"{axis} is at {at[0]:g} in every frame{scatter}, so its step is 0; was another axis scanned, or is "
            "this another scan?"
        )
    forward = 1.0 if (steps > 0).sum() >= (steps < 0).sum() else -1.0
    off = np.abs(at - found.start - found.step * known)
    misplaced = (off > OUTLIER * found.scatter) | flat | (len(at) < FEW)
    back = np.flatnonzero((steps * forward < 0) & (misplaced[1:] | misplaced[:-1]))
    if len(back):
        k = int(back[0]) + 1
        raise InputError(
            f"{axis} reverses at {names[known[k]]}: from {at[k - 1]:g} to {at[k]:g}, while the scan goes "
            f"{'up' if forward > 0 else 'down'} elsewhere; it must keep one direction: select a range with points"
        )
    return found


def even_positions(stored: Stored | None) -> Stored | None:
    """Return (frames,) positions; raises InputError if they stand still or reverse, see `scan_line`, or are no list."""
    if stored is not None:
        if stored.array.ndim != 1:
            raise InputError(f"{stored.place} has shape {stored.array.shape}; one position per frame is required")
        scan_line(np.asarray(stored.array, dtype=np.float64), stored.place)
    return stored


def _deviation(at: np.ndarray) -> float:
    """Return the largest deviation from even steps, over the step."""
    even = line(at)
    off = float(np.abs(at - even.start - even.step * np.arange(len(at))).max())
    return off / abs(even.step) if even.step else float("inf")
