"""The strain of a mean object, and its standard deviation over the aligned objects, in the phased array."""

from __future__ import annotations

from typing import Self

import numpy as np
from torch import Tensor

from phasekit.analysis.strain import CrystalPhase, Fields, Reference, Scatter, whole
from phasekit.core.geometry import Geometry


class StrainSpread:
    """Takes aligned objects one by one and keeps only sums, over the voxels in one support."""

    def __init__(self, about: Tensor, support: Tensor, steps: np.ndarray, reference: Reference) -> None:
        self.support, self.steps = support, steps
        self.scatter = Scatter(CrystalPhase.of(about, support, steps), reference)

    @classmethod
    def of(cls, about: Tensor, support: Tensor, geometry: Geometry) -> Self | None:
        """Begin with the reference object, (*space); None if phase does not mean displacement."""
        reference = Reference.of(geometry) if about.ndim == 3 else None
        return None if reference is None else cls(about, support, lattice_steps(geometry, support), reference)

    def add(self, object: Tensor) -> None:
        """Take one more (*space) complex."""
        self.scatter.add(CrystalPhase.of(object, self.support, self.steps))

    def deviation(self) -> np.ndarray | None:
        """Return the standard deviation of the strain against h_ref, (*space), NaN outside; None for less than two."""
        deviations = self.scatter.deviations()
        return whole(deviations["strain_std"], self.support) if deviations else None


def lattice_fields(object: Tensor, support: Tensor, geometry: Geometry) -> tuple[Fields, float]:
    """Return displacement (nm, where single-valued) and strain of an object, (*space), and |h_ref| in 1/nm.

    NaN outside `support` (*space) bool; empty, and 0, if phase does not mean displacement.
    """
    reference = Reference.of(geometry) if object.ndim == 3 else None
    if reference is None or not bool(support.any()):
        return {}, 0.0
    inside, _ = CrystalPhase.of(object, support, lattice_steps(geometry, support)).fields(reference)
    fields: Fields = {name: whole(inside[name], support) for name in ("displacement", "strain") if name in inside}
    return fields, float(np.linalg.norm(reference.h_ref))


def lattice_steps(geometry: Geometry, support: Tensor) -> np.ndarray:
    """Return (3, 3): column i is the step along array axis i, nm."""
    steps: np.ndarray = geometry.basis(tuple(support.shape)).numpy().T * 1e9
    return steps
