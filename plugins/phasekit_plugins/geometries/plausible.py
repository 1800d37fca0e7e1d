"""Which energies, distances, pixels and fields of view can be, and the slip of a unit that explains others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from phasekit import InputError
from phasekit.runtime import constants

PLAUSIBLE_D = (0.05, 3.0)
"""nm: d-spacings beyond this are seldom what was measured."""

PLAUSIBLE_FIELD = (1.0, 1e6)
"""nm: no coherent beam is a millimetre wide, and an atom measures a tenth of one."""


@dataclass(frozen=True)
class Range:
    """What an option can be, what it usually is, and the slips that lead elsewhere."""

    unit: str
    possible: tuple[float, float]
    usual: tuple[float, float]
    slips: tuple[tuple[float, str], ...]
    """Factor from the value to the true one -> how the slip happens."""

    def slip(self, value: float) -> str:
        """Return the slip that explains a value, as the end of a sentence; "" if none does."""
        for factor, words in self.slips:
            if self.usual[0] <= value * factor <= self.usual[1]:
                return f": {words}? It would be {value * factor:.4g} {self.unit} then"
        return ""


RANGES = {
    "energy_kev": Range(
        "keV",
        (0.01, 1000),
        (0.1, 150),
        (
            (1e-3, "is it in eV"),
            (constants.JOULE_PER_KEV * 1e-3, "was it in eV and read as J"),
            (constants.JOULE_PER_KEV, "was it in keV and read as J"),
            (1 / constants.JOULE_PER_KEV, "is it in J"),
            (1e10, "was the wavelength in Å and read as metres"),
            (1e9, "was the wavelength in nm and read as metres"),
            (1e3, "is it in MeV"),
        ),
    ),
    "distance_m": Range(
        "m",
        (1e-3, 100),
        (0.03, 50),
        ((1e-3, "is it in mm"), (1e-2, "is it in cm"), (1e3, "was it in m and read as mm")),
    ),
    "pixel_um": Range(
        "µm",
        (0.05, 1e4),
        (0.2, 3000),
        (
            (1e-6, "was it in µm and read as metres"),
            (1e6, "is it in metres"),
            (1e-3, "is it in nm, or was it in mm and read as metres"),
            (1e3, "is it in mm, or was it in µm and read as nm"),
        ),
    ),
}


def refuse_impossible(geometry: str, **options: float | tuple[float, ...] | None) -> None:
    """Raise InputError for an option that no experiment has, with the slip of a unit that explains it."""
    for key, value in _values(options):
        bounds = RANGES[key]
        if not bounds.possible[0] <= value <= bounds.possible[1]:
            raise InputError(
                f"{geometry}: {key} is {value:.4g} {bounds.unit}{bounds.slip(value)}; correct its unit in the file, or "
                f"give {key} in the recipe's geometry",
                "geometry",
            )


def unusual(**options: float | tuple[float, ...] | None) -> Iterator[str]:
    """Yield a sentence for every option that few experiments have."""
    for key, value in dict(_values(options)).items():
        bounds = RANGES[key]
        if not bounds.usual[0] <= value <= bounds.usual[1]:
            yield f"{key} is {value:.4g} {bounds.unit}, which is unusual{bounds.slip(value)}"


def refuse_field(geometry: str, smallest_nm: float, largest_nm: float) -> None:
    """Raise InputError for a field of view, along an axis, that no beam has."""
    for field in (smallest_nm, largest_nm):
        if not PLAUSIBLE_FIELD[0] <= field <= PLAUSIBLE_FIELD[1]:
            options = "energy_kev, distance_m, pixel_um" + (" and step_deg" if geometry == "bragg" else "")
            raise InputError(
                f"{geometry}: the field of view would be {field:.3g} nm along an axis; check the units of {options}, "
                "and give those that the file states wrongly in the recipe's geometry",
                "geometry",
            )


def unusual_spacing(d_nm: float) -> tuple[str, ...]:
    """Return a sentence on a d-spacing that is seldom what was measured."""
    if PLAUSIBLE_D[0] <= d_nm <= PLAUSIBLE_D[1]:
        return ()
    return (
        f"the angles give a d-spacing of {10 * d_nm:.4g} Å, which is implausible: are they in degrees, and the energy "
        "in keV?",
    )


def _values(options: dict[str, float | tuple[float, ...] | None]) -> Iterator[tuple[str, float]]:
    for key, value in options.items():
        for one in value if isinstance(value, tuple) else (value,):
            if one is not None:
                yield key, one
