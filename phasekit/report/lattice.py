"""Displacement and strain of a crystal, and what their seeds differ by, as rows with a colour scale each."""

from __future__ import annotations

from math import ceil, floor, log10

import numpy as np
from matplotlib.colors import Normalize

from phasekit.report.crystal import WORDS, Crystal
from phasekit.report.panels import Row

DIVERGING = "RdBu_r"
"""Red is positive: expansion, or displacement along +h."""


def lattice_rows(crystal: Crystal) -> list[Row]:
    """Return displacement and strains, as far as known, on scales symmetric about zero; pale outside the crystal."""
    told = {"displacement": ("displacement", *crystal.length_unit)}
    told |= {name: (WORDS[name], *crystal.strain_unit) for name in crystal.strains}
    rows, faint = [], crystal.view.support & ~crystal.view.inside
    for name, (title, factor, unit) in told.items():
        if (values := crystal.field(name)) is not None:
            limit = rounded(factor * crystal.reach(name))
            scale, label = Normalize(-limit, limit), f"{title.split()[0]} ({unit})"
            rows.append(Row(title, values * factor, DIVERGING, scale, label, faint=faint))
    return rows


def spread_rows(crystal: Crystal) -> list[Row]:
    """Return the standard deviations over seeds that the volume has."""
    strain, length = crystal.strain_unit, crystal.length_unit
    told = {
        "amplitude": (1 / (float(np.nanmax(crystal.volume.fields["amplitude"])) or 1.0), "of maximum"),
        "phase": (1.0, "rad"),
        "displacement": length,
        **dict.fromkeys(crystal.strains[:1], strain),
    }
    rows, faint = [], crystal.view.support & ~crystal.view.inside
    for name, (factor, unit) in told.items():
        if (values := crystal.field(f"{name}_std")) is not None:
            scale = Normalize(0, rounded(factor * crystal.reach(f"{name}_std")))
            rows.append(Row(name, values * factor, "cividis", scale, f"σ ({unit})", faint=faint))
    return rows


def rounded(value: float) -> float:
    """Return `value` rounded up to two digits, for the end of a scale; a tiny one where it is zero."""
    if not value > 1e-12:
        return 1e-12
    step = 10.0 ** (floor(log10(value)) - 1)
    return float(f"{ceil(value / step - 1e-9) * step:.6g}")
