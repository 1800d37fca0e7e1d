"""Quantities in files, converted to the units of the options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from phasekit.reading.stored import Stored
from phasekit.runtime import constants
from phasekit.runtime.errors import InputError


@dataclass(frozen=True)
class Units:
    """Units that a file may state, each with its factor, and the default unit."""

    factors: Mapping[str, float]
    default: str


ENERGY = Units({"kev": 1.0, "ev": 1e-3, "j": 1 / constants.JOULE_PER_KEV}, "kev")
"""keV; the default of beamlines' files."""
ENERGY_SI = Units(ENERGY.factors, "j")
"""keV; the default is J, as in CXI."""
LENGTH = Units({"m": 1.0, "mm": 1e-3, "um": 1e-6, "µm": 1e-6, "μm": 1e-6, "nm": 1e-9, "angstrom": 1e-10}, "m")
"""Metres."""
ANGLE = Units({"deg": 1.0, "degree": 1.0, "degrees": 1.0, "°": 1.0, "rad": 180 / np.pi, "mrad": 0.18 / np.pi}, "deg")
"""Degrees."""
PIXELS = Units({"pixel": 1.0, "pixels": 1.0, "px": 1.0}, "pixel")
"""Pixels."""


def quantity(stored: Stored, units: Units) -> np.ndarray:
    """Return the float64 values, converted from the file's unit to that of `units`.

    Raises InputError for an unknown unit.
    """
    stated = stored.attributes.get("units", "")
    unit = (stated.decode(errors="replace") if isinstance(stated, bytes) else str(stated)).strip() or units.default
    factor = units.factors.get(unit.lower())
    if factor is None:
        raise InputError(f"{stored.place} is given in '{unit}'; readable units are {', '.join(units.factors)}")
    return np.asarray(stored.array, dtype=np.float64) * factor


def number(stored: Stored, units: Units) -> float:
    """Return a quantity that is one number; raises InputError if there are more."""
    values = quantity(stored, units).ravel()
    if values.size != 1:
        raise InputError(f"{stored.place} holds {values.size} numbers instead of one: give it in the recipe's geometry")
    return float(values[0])
