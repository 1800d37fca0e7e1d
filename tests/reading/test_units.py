"""Quantities come in the unit that options are told in, whatever the file states."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import constants

from phasekit import InputError
from phasekit.reading.stored import Stored
from phasekit.reading.units import ANGLE, ENERGY, ENERGY_SI, LENGTH, PIXELS, Units, number, quantity


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


def test_many_values_keep_their_shape_and_one_number_is_one() -> None:
    values = quantity(stored([[1, 2], [3, 4]], "mm"), LENGTH)
    np.testing.assert_allclose(values, [[1e-3, 2e-3], [3e-3, 4e-3]])
    with pytest.raises(InputError, match="here holds 4 numbers instead of one"):
        number(stored([[1, 2], [3, 4]], "mm"), LENGTH)


def test_an_unknown_unit_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(InputError, match="here is given in 'furlong'; readable units are m, mm, um"):
        quantity(stored(1.0, "furlong"), LENGTH)
