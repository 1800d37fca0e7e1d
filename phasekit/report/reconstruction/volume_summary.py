"""VolumeSummary: the figures of a volume for lattice and strain."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from phasekit.analysis.volume import Volume
from phasekit.report.figures.view import View, bounds
from phasekit.report.numbers import mean_and_deviation

STRAINS = {"strain": "strain against h_ref", "strain_own": "strain against own mean"}
"""The two strains of a volume -> their labels."""


@dataclass(frozen=True, eq=False)
class VolumeSummary:
    """Sizes in nm, means inside the surface, and suitable units.

    From the surface (see `View.inside`) to the edge of the support the amplitude is low and phase and strain are
    mostly noise: they are drawn pale, and left out of the means.
    """

    volume: Volume

    @cached_property
    def view(self) -> View:
        """The volume as a view for figures."""
        return View.within(self.volume)

    @property
    def size_nm(self) -> tuple[float, float, float]:
        """Extent of the surface along x, y and z."""
        low, high = bounds(self.view.inside)
        x, y, z = (high - low)[::-1] * np.array(self.volume.spacing_nm)
        return float(x), float(y), float(z)

    def field(self, name: str) -> np.ndarray | None:
        """Return a field (nz, ny, nx), NaN outside the support; None where it is unknown everywhere inside."""
        values = self.volume.fields.get(name)
        if values is None or not np.isfinite(values[self.view.inside]).any():
            return None
        return np.where(self.view.support, values, np.nan)

    def inside(self, name: str) -> np.ndarray:
        """Return the known values of a field inside the surface, (voxels,)."""
        values = self.volume.fields[name][self.view.inside].astype(float)
        finite: np.ndarray = values[np.isfinite(values)]
        return finite

    @cached_property
    def strains(self) -> tuple[str, ...]:
        """The strains to show: both, or that against h_ref if they are equal within 1 % of their deviation."""
        names = tuple(name for name in STRAINS if self.field(name) is not None)
        if len(names) == 2:
            against_reference, against_own = (self.inside(name) for name in names)
            if abs(against_reference.mean() - against_own.mean()) <= 0.01 * against_own.std():
                return names[:1]
        return names

    @cached_property
    def strain_unit(self) -> tuple[float, str]:
        """The factor and unit of strains: % if one reaches 0.1 %, else 10⁻⁴."""
        largest = max((self.reach(name) for name in self.strains), default=0.0)
        return (100.0, "%") if largest >= 1e-3 else (1e4, "10⁻⁴")

    @cached_property
    def length_unit(self) -> tuple[float, str]:
        """The factor and unit of displacements: nm if one reaches 0.1 nm, else pm."""
        large = self.field("displacement") is not None and self.reach("displacement") >= 0.1
        return (1.0, "nm") if large else (1e3, "pm")

    def reach(self, name: str) -> float:
        """Return the 99 % point of the absolute value of a field inside the surface, the end of its colour scale."""
        return float(np.quantile(np.abs(self.inside(name)), 0.99))

    def strain(self, name: str) -> str:
        """Return mean and standard deviation of a strain: "(+1.23 ± 0.11) × 10⁻⁴"."""
        factor, unit = self.strain_unit
        return f"({mean_and_deviation(factor * self.inside(name), '+')}) {'%' if unit == '%' else f'× {unit}'}"

    def d_spacing(self) -> str:
        """Return mean and standard deviation of the d-spacing: "2.3551 ± 0.0003 Å"; "" if unknown."""
        return "" if self.field("d_spacing") is None else f"{mean_and_deviation(10 * self.inside('d_spacing'))} Å"
