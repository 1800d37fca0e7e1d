"""Quantities come in the unit that options are told in, whatever the file states."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import constants

from phasekit import InputError
from phasekit.reading.stored import Stored
from phasekit.reading.units import ANGLE, ENERGY, ENERGY_SI, LENGTH, PIXELS, Units, number, one_number, quantity


def stored(value: Any, units: Any = None) -> Stored:
    return Stored("here", np.asarray(value), {} if units is None else {"units": units})


@pytest.mark.parametrize(
    ("value", "stated", "units", "expected"),
    [
        (9.0, "keV", ENERGY, 9.0),
        (9000.0, b"eV", ENERGY, 9.0),
        (9e3 * constants.eV, "J", ENERGY, 9.0),
        (9.0, None, ENERGY, 9.0),
        (9e3 * constants.eV, None, ENERGY_SI, 9.0),
        (75.0, " um ", LENGTH, 75 * constants.micro),
        (75.0, "µm", LENGTH, 75 * constants.micro),
        (1.5, "Angstrom", LENGTH, 1.5 * constants.angstrom),
        (0.5, "", LENGTH, 0.5),
        (np.pi, "rad", ANGLE, 180.0),
        (np.pi, "mrad", ANGLE, 0.18),
        (30.0, "degrees", ANGLE, 30.0),
        (512.5, "px", PIXELS, 512.5),
    ],
)
def test_a_value_is_turned_to_the_unit_of_options(value: float, stated: Any, units: Units, expected: float) -> None:
    assert number(stored(value, stated), units) == pytest.approx(expected, rel=1e-12)
    assert number(stored([value], stated), units) == pytest.approx(expected, rel=1e-12)


SPELLINGS: list[tuple[Units, dict[float, str]]] = [
    (
        LENGTH,
        {
            1e-10: "Å A Angstrom angstroms ångström \u212b",
            1e-9: "nm nanometer nanometres",
            1e-6: "um µm μm micron microns micrometer Micrometres",
            1e-3: "mm millimeter Millimetres",
            1e-2: "cm centimeters",
            1.0: "m meter meters metre Metres",
        },
    ),
    (ENERGY, {1.0: "keV kev KEV kiloelectronvolts", 1e-3: "eV ev electronvolt electron_volts"}),
    (ANGLE, {1.0: "deg degs degree Degrees ° º deg.", 180 / np.pi: "rad radian radians", 0.18 / np.pi: "mrad"}),
    (PIXELS, {1.0: "pixel pixels px Pixels"}),
]
CASES = [(units, f, word) for units, table in SPELLINGS for f, words in table.items() for word in words.split()]


@pytest.mark.parametrize(("units", "factor", "word"), CASES)
@pytest.mark.parametrize("wrap", [str, str.encode, lambda word: np.array([word.encode()]), lambda word: np.array(word)])
def test_units_are_read_as_the_world_spells_them(units: Units, factor: float, word: str, wrap: Any) -> None:
    assert number(stored(2.0, wrap(word)), units) == pytest.approx(2 * factor)


def test_a_unit_in_latin_1_and_one_that_is_not_said_are_read() -> None:
    assert number(stored(2.0, b"\xb5m"), LENGTH) == pytest.approx(2e-6)
    assert number(stored(2.0, "none"), LENGTH) == 2


def test_numbers_that_are_the_same_are_one_and_others_are_a_doubt() -> None:
    assert number(stored([9.0] * 4, "keV"), ENERGY) == 9
    assert one_number(stored([9.0] * 4), ENERGY, "energy_kev") == (9, ())
    assert one_number(None, ENERGY, "energy_kev") == (None, ())
    value, (doubt,) = one_number(stored([9.0, 9.1]), ENERGY, "energy_kev")
    assert value is None
    assert doubt == "here holds 2 numbers instead of one: keep one there, or give energy_kev in the recipe's geometry"


def test_many_values_keep_their_shape_and_one_number_is_one() -> None:
    values = quantity(stored([[1, 2], [3, 4]], "mm"), LENGTH)
    np.testing.assert_allclose(values, [[1e-3, 2e-3], [3e-3, 4e-3]])
    with pytest.raises(InputError, match="here holds 4 numbers instead of one"):
        number(stored([[1, 2], [3, 4]], "mm"), LENGTH)


def test_an_unknown_unit_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(InputError, match="here is given in 'furlong'; readable units are m, mm, um"):
        quantity(stored(1.0, "furlong"), LENGTH)
