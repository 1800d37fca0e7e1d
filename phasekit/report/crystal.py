"""Crystal: the numbers that a volume tells of lattice and strain."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from phasekit.analysis.volume import Volume
from phasekit.report.view import View, bounds

WORDS = {"strain": "strain against h_ref", "strain_own": "strain against own mean"}
"""What the two strains of a volume are called."""


@dataclass(frozen=True, eq=False)
class Crystal:
    """A volume seen as a crystal: sizes in nm, means inside its surface, units that suit the numbers.

    From its surface (see `View.inside`) to the edge of the support the amplitude is low and phase and strain are
    mostly noise: they are drawn pale, and not counted.
    """

    volume: Volume

    @cached_property
    def view(self) -> View:
        """The volume as figures see it."""
        return View.within(self.volume)

    @property
    def size_nm(self) -> tuple[float, float, float]:
        """Extent of the crystal along x, y and z."""
        low, high = bounds(self.view.inside)
        x, y, z = (high - low)[::-1] * np.array(self.volume.spacing_nm)
        return float(x), float(y), float(z)

    def field(self, name: str) -> np.ndarray | None:
        """Return a field (nz, ny, nx), NaN outside the support; None where it is unknown in all the crystal."""
        values = self.volume.fields.get(name)
        if values is None or not np.isfinite(values[self.view.inside]).any():
            return None
        return np.where(self.view.support, values, np.nan)

    def known(self, name: str) -> np.ndarray:
        """Return the values of a field in the crystal where it is known, (voxels,)."""
        values = self.volume.fields[name][self.view.inside].astype(float)
        known: np.ndarray = values[np.isfinite(values)]
        return known

    @cached_property
    def strains(self) -> tuple[str, ...]:
        """The strains to show: both, or that against h_ref where they are the same within 1 % of their deviation."""
        names = tuple(name for name in WORDS if self.field(name) is not None)
        if len(names) == 2:
            one, other = (self.known(name) for name in names)
            if abs(one.mean() - other.mean()) <= 0.01 * other.std():
                return names[:1]
        return names

    @cached_property
    def strain_unit(self) -> tuple[float, str]:
        """The factor and unit in which strains are told: % where one reaches 0.1 %, else 10⁻⁴."""
        largest = max((self.reach(name) for name in self.strains), default=0.0)
        return (100.0, "%") if largest >= 1e-3 else (1e4, "10⁻⁴")

    @cached_property
    def length_unit(self) -> tuple[float, str]:
        """The factor and unit in which displacements are told: nm where one reaches 0.1 nm, else pm."""
        told = self.field("displacement") is not None and self.reach("displacement") >= 0.1
        return (1.0, "nm") if told else (1e3, "pm")

    def reach(self, name: str) -> float:
        """Return the 99 % point of the absolute value of a field in the crystal: where its colours end."""
        return float(np.quantile(np.abs(self.known(name)), 0.99))

    def strain(self, name: str) -> str:
        """Tell mean and standard deviation of a strain: "(+1.23 ± 0.11) × 10⁻⁴"."""
        factor, unit = self.strain_unit
        values = factor * self.known(name)
        return f"({mean_and_deviation(values, '+')}) {'%' if unit == '%' else f'× {unit}'}"

    def d_spacing(self) -> str:
        """Tell mean and standard deviation of the d-spacing: "2.3551 ± 0.0003 Å"; nothing where it is not known."""
        return "" if self.field("d_spacing") is None else f"{mean_and_deviation(10 * self.known('d_spacing'))} Å"


def mean_and_deviation(values: np.ndarray, sign: str = "-") -> str:
    """Write mean ± standard deviation, to two digits of the deviation and seven at most of the mean."""
    mean, deviation = float(values.mean()), float(values.std())
    least = max(deviation, 1e-5 * abs(mean), 1e-12)
    digits = max(0, 1 - math.floor(math.log10(least)))
    return f"{mean:{sign}z.{digits}f} ± {deviation:.{digits}f}".replace("-", "−")
