"""What no experiment has is refused with the slip that explains it, what few have is noted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phasekit import InputError
from phasekit.runtime.constants import HC_KEV_M, JOULE_PER_KEV
from phasekit_plugins.geometries.plausible import RANGES, refuse_field, refuse_impossible, unusual, unusual_spacing

USUAL: dict[str, Any] = {
    "energy_kev": st.floats(0.3, 100),
    "distance_m": st.floats(0.1, 20),
    "pixel_um": st.floats(5, 200),
}
UNITS = {"energy_kev": "keV", "distance_m": "m", "pixel_um": "µm"}
SLIPS: list[tuple[str, float]] = [
    ("energy_kev", 1e3 / JOULE_PER_KEV),
    ("energy_kev", 1 / JOULE_PER_KEV),
    ("energy_kev", JOULE_PER_KEV),
    ("distance_m", 1e3),
    ("pixel_um", 1e6),
    ("pixel_um", 1e-6),
]


@settings(deadline=None)
@given(st.fixed_dictionaries(USUAL))
def test_what_is_usual_passes_without_a_word(options: dict[str, float]) -> None:
    refuse_impossible("far-field", **options)
    assert [*unusual(**options)] == []
    refuse_impossible("far-field", energy_kev=None, pixel_um=(55.0, 75.0))


@pytest.mark.parametrize(("key", "factor"), SLIPS)
@settings(deadline=None)
@given(data=st.data())
def test_a_slip_of_the_unit_is_refused_or_noted(key: str, factor: float, data: st.DataObject) -> None:
    value = data.draw(USUAL[key])
    noted = [*unusual(**{key: value * factor})]
    assert f"{key} is {value * factor:.4g} {UNITS[key]}, which is unusual" in noted[0]
    low, high = RANGES[key].possible
    if not low <= value * factor <= high:
        with pytest.raises(InputError, match=f"give {key} in the recipe's geometry"):
            refuse_impossible("far-field", **{key: value * factor})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"energy_kev": 8000 / JOULE_PER_KEV}, "was it in eV and read as J? It would be 8 keV then"),
        ({"energy_kev": HC_KEV_M / 1.55}, "was the wavelength in Å and read as metres? It would be 7.999 keV then"),
        ({"pixel_um": (75e6, 75e6)}, "was it in µm and read as metres? It would be 75 µm then"),
        ({"distance_m": 800.0}, "is it in mm? It would be 0.8 m then"),
        ({"energy_kev": 9000.0}, "is it in eV? It would be 9 keV then"),
    ],
)
def test_the_likely_slip_is_named(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as caught:
        refuse_impossible("far-field", **options)
    assert words in str(caught.value)


def test_fields_of_view_and_spacings_have_bounds() -> None:
    refuse_field("far-field", 100, 9000)
    for smallest, largest in ((1e-9, 100), (100, 1e9)):
        with pytest.raises(InputError, match="field of view would be 1e"):
            refuse_field("far-field", smallest, largest)
    assert unusual_spacing(0.235) == ()
    assert "are they in degrees" in unusual_spacing(30.0)[0]
