"""Quantities in files, converted to the units of the options."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from phasekit.reading.stored import Stored
from phasekit.runtime import constants
from phasekit.runtime.errors import InputError
from phasekit.runtime.text import plain_text

UNSAID = ("", "none", "null", "-")
"""Units by which files say that they state none."""

SAME = 1e-6
"""Relative spread up to which many numbers are one."""


@dataclass(frozen=True)
class Units:
    """Units that a file may state, each with its factor, and the default unit."""

    factors: Mapping[str, float]
    default: str
    shown: str
    """The usual ones, for messages."""

    def factor(self, stated: str) -> float | None:
        """Return the factor of a unit, however it is spelt; None for an unknown one."""
        unit = unicodedata.normalize("NFKC", stated).strip().rstrip(".").casefold()
        unit = self.default if unit in UNSAID else unit
        return self.factors.get(unit, self.factors.get(" ".join(unit.replace("_", " ").split())))


def _spelt(table: Mapping[float, Iterable[str]]) -> dict[str, float]:
    """Return spelling -> factor; names in full have a plural and, of metres, both spellings."""
    found: dict[str, float] = {}
    for factor, names in table.items():
        for name in names:
            word = unicodedata.normalize("NFKC", name).casefold()
            spellings = {word, word.replace("metre", "meter")}
            found |= dict.fromkeys(spellings | {f"{one}s" for one in spellings if len(one) > 3}, factor)
    return found


_ENERGY = _spelt(
    {
        1.0: ("keV", "kiloelectronvolt", "kilo electron volt"),
        1e-3: ("eV", "electronvolt", "electron volt"),
        1 / constants.JOULE_PER_KEV: ("J", "joule"),
    }
)
ENERGY = Units(_ENERGY, "kev", "keV, eV, J")
"""keV; the default of beamlines' files."""
ENERGY_SI = Units(_ENERGY, "j", "J, eV, keV")
"""keV; the default is J, as in CXI."""
LENGTH = Units(
    _spelt(
        {
            1.0: ("m", "metre"),
            1e-2: ("cm", "centimetre"),
            1e-3: ("mm", "millimetre"),
            1e-6: ("um", "µm", "micron", "micrometre"),
            1e-9: ("nm", "nanometre"),
            1e-10: ("Å", "A", "ang", "angstrom", "ångström", "ångstrom", "angström"),
            1e-12: ("pm", "picometre"),
        }
    ),
    "m",
    "m, mm, um, nm, angstrom",
)
"""Metres."""
ANGLE = Units(
    _spelt(
        {
            1.0: ("deg", "degs", "degree", "°", "º"),
            180 / np.pi: ("rad", "rads", "radian"),
            0.18 / np.pi: ("mrad", "milliradian"),
            1.8e-4 / np.pi: ("urad", "µrad", "microradian"),
            1e-3: ("mdeg", "millidegree"),
        }
    ),
    "deg",
    "deg, rad, mrad",
)
"""Degrees."""
PIXELS = Units(_spelt({1.0: ("pixel", "px", "pix")}), "pixel", "pixel")
"""Pixels."""


def quantity(stored: Stored, units: Units) -> np.ndarray:
    """Return the float64 values, converted from the file's unit to that of `units`.

    Raises InputError for an unknown unit.
    """
    stated = plain_text(stored.attributes.get("units", ""))
    factor = units.factor(stated)
    if factor is None:
        raise InputError(
            f"{stored.place} is given in '{stated.strip()}'; readable units are {units.shown}: write one of them into "
            "its attribute 'units'"
        )
    return np.asarray(stored.array, dtype=np.float64) * factor


def number(stored: Stored, units: Units) -> float:
    """Return a quantity that is one number, or many that are the same; raises InputError for others."""
    values = quantity(stored, units).ravel()
    if values.size == 0 or not np.ptp(values) <= SAME * abs(values.mean()):
        raise InputError(f"{stored.place} holds {values.size} numbers instead of one: keep one there")
    return float(values[0])


def one_number(stored: Stored | None, units: Units, option: str) -> tuple[float | None, tuple[str, ...]]:
    """Return a quantity that is one number above 0, None if there is none, and a doubt if the file is not usable.

    The doubt is a sentence that says which `option` the recipe must give instead.
    """
    if stored is None:
        return None, ()
    try:
        return number(stored, units) or None, ()
    except InputError as error:
        return None, (f"{error}, or give {option} in the recipe's geometry",)
