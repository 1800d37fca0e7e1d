"""Which axis a scan moves, of those whose positions a file has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from phasekit.reading.moving_together import ENERGY, Positions
from phasekit.reading.rocking_positions import moving
from phasekit.reading.scan_command import scan_command
from phasekit.runtime.errors import InputError


def scanned_axis(place: str, command: str, axes: Positions, known: Sequence[str], wanted: str | None = None) -> str:
    """Return the axis that was scanned: `wanted`, else the one of the `known` axes that moves.

    Where several move, the command says which; of several that it moves together, the energy or the first is it.
    Raises InputError if none or several are left.
    """
    many = {name: axes[name] for name in known if name in axes and axes[name].size > 1}
    said = [name for name in commanded(command) if name in many]
    moved = moving(many) or said or list(many)[:1]
    if wanted is not None:
        moved = [name for name in many if name == wanted]
    elif len(moved) > 1 and said:
        moved = [ENERGY] if ENERGY in said else said[:1]
    if len(moved) == 1:
        return moved[0]
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


def _goes_on(positions: np.ndarray) -> bool:
    return bool(np.isfinite(positions).sum() > 1 and moving({"": positions}))
