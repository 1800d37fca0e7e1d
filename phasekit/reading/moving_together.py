"""Axes that move together in a scan, as d2scan moves them: each in even steps, which the geometry combines."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from phasekit.reading.rocking_positions import DRIFT, TOGETHER, Line, line, moving, of_points, pauses, scan_line, wild
from phasekit.runtime.errors import InputError

ENERGY = "energy"
Positions = Mapping[str, np.ndarray]
"""Axis -> its position, () or (frames,), degrees; the energy, keV, is called energy."""
OFF = 0.25
"""Deviation from even steps, over the step, from which axes do not move as one."""
BLOCKS = 8
"""Parts of a scan in each of which the median deviation counts, so that scatter does not."""
SURE = 5.0
"""Standard errors of such a median below which it is scatter."""


@dataclass(frozen=True)
class Motion:
    """What moves in a scan."""

    rocking: str
    """The rocked axis; the energy, if it moves."""
    lines: Mapping[str, Line]
    """Axis that moves -> its even positions."""
    known: np.ndarray = field(repr=False)
    """(frames,) bool: every axis that moves has a position."""
    notes: tuple[str, ...] = ()

    @property
    def starts(self) -> dict[str, float]:
        """Return where the axes that move are at frame 0."""
        return {name: found.start for name, found in self.lines.items()}

    @property
    def steps(self) -> dict[str, Any]:
        """Return the steps as options of the geometry `bragg`."""
        step = self.lines[self.rocking].step
        together = {name: found.step for name, found in self.lines.items() if name != self.rocking}
        rocked = {"step_ev": step * 1e3} if self.rocking == ENERGY else {"step_deg": step}
        return {"rocking": self.rocking, **rocked, **({"together_deg": together} if together else {})}


def motion(
    scan: str,
    axes: Positions,
    rocking: str,
    commanded: Collection[str] = (),
    frames: Sequence[str] | None = None,
) -> Motion:
    """Return which of the axes move, of those whose positions a file has; `scan` is file, scan and command.

    An axis that is commanded, or moves as far as 2 % of the range of the `rocking` one, moves with it. One that moves
    less is at its mean, and a note says so. Raises InputError, with the frame's name from `frames`, unless each axis
    keeps one direction, and if of several one has uneven steps.
    """
    moved, notes, usual = [rocking], list[str](), _span(axes[rocking], rocking)
    for name, at in axes.items():
        if name == rocking or at.size < 2 or not np.isfinite(at).any():
            continue
        off = float(np.nanmax(at) - np.nanmin(at))
        if moving({name: at}) and (name in commanded or _span(at, name) >= TOGETHER * usual):
            moved.append(name)
        elif off > DRIFT:
            notes.append(f"{scan}: {name} moved by {off:.3g} during the scan of {rocking}; its mean is used")
    moved.sort(key=ENERGY.__ne__)
    rocking = moved[0]
    known = np.logical_and.reduce([np.isfinite(axes[name]) for name in moved])
    for name in moved[1:]:  # those of the first are found in every source: see `without_wild`
        strange = wild(axes[name], line(axes[name])) if pauses(axes[name]) is None else np.zeros_like(known)
        known &= ~strange
        for k in np.flatnonzero(strange):
            place = frames[int(k)] if frames else f"frame {k}"
            notes.append(f"{scan}: {name} reads {axes[name][k]:g} at {place}, which no step from its neighbours is")
    if len(moved) > 1 and (point := pauses(axes[rocking])) is not None:
        axes = {name: of_points(axes[name], point) for name in moved}
        frames = [frames[int(k)] for k in np.flatnonzero(np.diff(point, prepend=-1))] if frames else None
    lines = {name: scan_line(axes[name], f"{scan}: {name}", frames) for name in moved}
    for name in lines if len(lines) > 1 else ():
        _refuse_uneven(scan, name, axes[name], lines)
    if len(lines) > 1:
        steps = ", ".join(f"{name} {found.step:.4g}" for name, found in lines.items())
        notes.append(f"{scan}: {' and '.join(lines)} move together, in steps of {steps} (degrees or keV)")
    return Motion(rocking, lines, known, (*notes, *(note for name, one in lines.items() for note in one.notes(name))))


def _refuse_uneven(scan: str, name: str, at: np.ndarray, lines: Mapping[str, Line]) -> None:
    """Raise InputError if positions follow a curve, but for their scatter, and not the line."""
    off = at - lines[name].start - lines[name].step * np.arange(len(at))
    off = off[np.isfinite(off)]
    bends = np.abs(np.diff(off, 2))
    scatter = 1.4826 * float(np.median(bends)) / np.sqrt(6) if len(bends) else 0.0
    parts = np.array_split(off, min(BLOCKS, max(2, len(off) // 4)))
    worst = max(abs(float(np.median(part))) for part in parts)
    if worst > max(OFF * abs(lines[name].step), SURE * 1.25 * scatter / np.sqrt(len(parts[0]))):
        others = " and ".join(other for other in lines if other != name)
        raise InputError(
            f"{scan}: {name} moves together with {others}, but not in even steps: it is off them by up to "
            f"{worst / abs(lines[name].step):.2g} steps, so that no one step from frame to frame holds for both; "
            "select an even part of the scan with points",
            "source.points",
        )


def _span(positions: np.ndarray, axis: str) -> float:
    """Return how far an axis goes, degrees; of the energy the angle that moves q as far."""
    span = abs(line(positions).step) * (len(positions) - 1)
    return float(np.degrees(span / abs(np.nanmean(positions)))) if axis == ENERGY else span
