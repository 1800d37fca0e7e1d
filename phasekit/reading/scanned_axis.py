"""Which axis a scan moves, of those whose positions a file has; no other may move with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from phasekit.reading.rocking_positions import DRIFT, TOGETHER, line, moving
from phasekit.reading.scan_command import scan_command
from phasekit.runtime.errors import InputError

ENERGY = "energy"
Positions = Mapping[str, np.ndarray]
"""Axis -> its position, () or (frames,), degrees; the energy, keV, is called energy."""


def scanned_axis(place: str, command: str, axes: Positions, known: Sequence[str], wanted: str | None = None) -> str:
    """Return the axis that was scanned: `wanted`, else the one of the `known` axes that moves.

    Where several move, the command says which. Raises InputError if none or several are left.
    """
    many = {name: axes[name] for name in known if name in axes and axes[name].size > 1}
    said = [name for name in many if name in commanded(command)]
    moved = moving(many) or said or list(many)[:1]
    if wanted is not None:
        moved = [name for name in many if name == wanted]
    elif len(moved) > 1 and len(said) == 1:
        moved = said
    if len(moved) == 1:
        return moved[0]
    if len(said) > 1:
        raise InputError(f"{place} ({command}) {_together(said[0], said[1])}", "source.scan")
    has_none = f"'{wanted}' has no" if wanted else "no axis has one"
    what = f"{' and '.join(moved)} have a position per frame" if moved else f"{has_none} position per frame"
    raise InputError(
        f"{place} ({command}): {what}, of the known axes ({', '.join(known) or 'none'}); say with rocking which axis "
        "was scanned, and with positions which data set has its position per frame, measurement/eta_center for example",
        "source.rocking",
    )


def commanded(command: str) -> tuple[str, ...]:
    """Return the axes that the command moves; all of its words if it is not known."""
    found = scan_command(command)
    return tuple(command.split()) if found is None else found.axes


def counter_of(axis: str, counters: Positions) -> tuple[str | None, list[str]]:
    """Return the counter with the positions of an axis in a continuous scan, and all that come into question.

    `eta_center` is preferred, then `eta`, then the only one whose name begins with `eta_`; a counter that stands still
    or reverses is none.
    """
    fitting = [name for name, at in counters.items() if name.split("_")[0].lower() == axis.lower() and _goes_on(at)]
    for name in (f"{axis}_center", f"{axis}_centre", axis):
        if name in fitting:
            return name, fitting
    return (fitting[0] if len(fitting) == 1 else None), fitting


def refuse_others(place: str, command: str, axes: Positions, rocking: str) -> list[str]:
    """Return notes on axes that moved a little; raises InputError if one moved with the rocking axis.

    The rocking column of the map holds for one axis that moves: a detector that follows the sample changes it.
    """
    notes, usual = [], _span(axes[rocking], rocking)
    for name, at in axes.items():
        if name == rocking or at.size < 2 or not np.isfinite(at).any():
            continue
        if moving({name: at}) and _span(at, name) >= TOGETHER * usual:
            raise InputError(f"{place} ({command}) {_together(rocking, name)}", "source.scan")
        if (off := float(np.nanmax(at) - np.nanmin(at))) > DRIFT:
            notes.append(f"{place}: {name} moved by {off:.3g} during the scan of {rocking}; its mean is used")
    return notes


def _together(rocking: str, other: str) -> str:
    return (
        f"moves {other} together with {rocking}, so that the steps between frames are not those of one axis: such a "
        "scan is not supported; a scan of one axis of the sample or of the energy is needed, with all others at rest"
    )


def _goes_on(positions: np.ndarray) -> bool:
    return bool(np.isfinite(positions).sum() > 1 and moving({"": positions}))


def _span(positions: np.ndarray, axis: str) -> float:
    """Return how far an axis goes, degrees; of the energy the angle that moves q as far."""
    span = abs(line(positions).step) * (len(positions) - 1)
    return float(np.degrees(span / abs(np.nanmean(positions)))) if axis == ENERGY else span
