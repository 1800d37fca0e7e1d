"""From the phase of an object to displacement, strain and d-spacing, on the array's own voxels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from phasekit.analysis import phase_gradient
from phasekit.core.geometry import Geometry
from phasekit.numerics import fourier
from phasekit.numerics.moments import Moments

Vector = NDArray[np.float64]
Fields = dict[str, NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Reference:
    """The reference for strain: q at the array's centre and h_ref, (3,) in 1/nm, laboratory frame."""

    q: Vector
    h_ref: Vector

    @classmethod
    def of(cls, geometry: Geometry) -> Reference | None:
        """Return that of a geometry; None if phase does not mean displacement there."""
        q, h_ref = geometry.transfer(), geometry.reference()
        return None if q is None or h_ref is None else cls(q.numpy() * 1e-9, h_ref.numpy() * 1e-9)


@dataclass(frozen=True, eq=False)
class CrystalPhase:
    """An object cut to the box of its support, and what its phase says; lengths in nm, laboratory frame."""

    object: NDArray[np.complex128]
    support: NDArray[np.bool_]
    steps: NDArray[np.float64]
    """(3, 3): column i is the step along array axis i."""

    @classmethod
    def of(cls, object: Tensor, support: Tensor, steps: NDArray[np.float64]) -> Self:
        """Cut `object` and `support` (*space) to the support with one voxel around it."""
        inside, box = support.numpy(), fourier.bounding_box(support)
        cut = np.where(inside[box], object.numpy()[box], 0).astype(np.complex128)
        return cls(np.pad(cut, 1), np.pad(inside[box], 1), steps)

    @cached_property
    def centre(self) -> Vector:
        """Fractional index of the centre of mass of |object|²."""
        weight = np.abs(self.object) ** 2
        return fourier.centre_of_mass(torch.from_numpy(weight if weight.any() else self.support)).numpy()

    @cached_property
    def slope(self) -> Vector:
        """The ramp: the mean phase gradient per voxel along each array axis, radians."""
        return phase_gradient.mean_gradient(self.object, self.support)

    @cached_property
    def ramp(self) -> Vector:
        """The ramp as a vector, 1/nm."""
        return np.asarray(np.linalg.solve(self.steps.T, self.slope), dtype=np.float64)

    @cached_property
    def level(self) -> NDArray[np.complex128]:
        """The object without its ramp, the weighted mean of exp(i phase) real and positive."""
        flat = phase_gradient.without_ramp(self.object, self.slope, self.centre)
        turned: phase_gradient.Complex = flat * np.exp(-1j * np.angle((np.abs(flat) * flat).sum()))
        return turned

    def fields(self, reference: Reference | None) -> tuple[Fields, tuple[str, ...]]:
        """Return displacement and the fields of `strains`, (*box) and NaN outside the support, and notes."""
        if reference is None:
            return {}, ("phase does not mean displacement in this geometry: only amplitude and phase are given",)
        lines = phase_gradient.dislocations(self.object, self.support)
        if lines:
            length = sum(self._extent(line) for line in lines)
            note = (
                f"{len(lines)} line{'s' * (len(lines) > 1)} inside the crystal, {length:.0f} nm in all, around which "
                "the phase turns by 2π: dislocations, or dark places of a bad reconstruction. Displacement is not "
                "single-valued around them and is omitted; strain and phase are valid"
            )
            return self.strains(reference), (note,)
        displacement = phase_gradient.unwrapped(self.level, self.support) / float(np.linalg.norm(reference.h_ref))
        notes = self._pieces()
        return {"displacement": displacement, **self.strains(reference)}, notes

    def strains(self, reference: Reference) -> Fields:
        """Return strain against h_ref, strain_own against the crystal's own mean lattice, and d_spacing (nm).

        With ∇φ from wrapped differences, q_c at the array's centre, q̄ = q_c − ramp: strain = ĥ·(∇φ − (q_c − h_ref))
        / |h_ref|, strain_own = (|q̄| − q̄·(q_c − ∇φ)/|q̄|) / |q̄|, d = 2π/|q_c − ∇φ|.
        """
        per_voxel = phase_gradient.gradient(self.object, self.support)
        gradient = np.tensordot(np.linalg.inv(self.steps).T, per_voxel, 1)
        h, own = reference.h_ref, reference.q - self.ramp
        local = reference.q[:, None, None, None] - gradient
        return {
            "strain": 1 - np.tensordot(h, local, 1) / (h @ h),
            "strain_own": 1 - np.tensordot(own, local, 1) / (own @ own),
            "d_spacing": 2 * np.pi / np.linalg.norm(local, axis=0),
        }

    def spread(self, others: Iterable[CrystalPhase], reference: Reference | None) -> Fields:
        """Return the standard deviation, over this and `others`, of every field, named "…_std".

        The others are cut to the same box and processed one by one.
        """
        scatter = Scatter(self, reference)
        for one in (self, *others):
            scatter.add(one)
        return scatter.deviations()

    def _extent(self, line: Vector) -> float:
        """Return the distance between the ends of a line of indices, nm."""
        places = (line - line.mean(axis=0)) @ self.steps.T
        along = np.linalg.svd(places, full_matrices=False)[2][0]
        return float(np.ptp(places @ along))

    def _pieces(self) -> tuple[str, ...]:
        """Return a note if the support consists of several pieces, whose displacements cannot be compared."""
        count = ndimage.label(self.support)[1]
        if count < 2:
            return ()
        return (f"the support consists of {count} pieces: displacement is known within each, not between them",)


class Scatter:
    """The standard deviation of every field over crystals in one box, which are taken one by one.

    Phases are compared as the angle between the objects, each without its own ramp, so nothing is unwrapped.
    """

    def __init__(self, about: CrystalPhase, reference: Reference | None) -> None:
        self.about, self.reference = about, reference
        self.moments: dict[str, Moments] = {}

    def add(self, crystal: CrystalPhase) -> None:
        """Take one more, whose phase is that against the crystal that this is about."""
        fields = {} if self.reference is None else crystal.strains(self.reference)
        fields["amplitude"] = np.abs(crystal.object)
        fields["phase"] = np.angle(crystal.level * self.about.level.conj())
        for name, values in fields.items():
            self.moments.setdefault(name, Moments(values.shape)).add(torch.from_numpy(values))

    def deviations(self) -> Fields:
        """Return the standard deviation of every field, "…_std" -> (*box), NaN outside the support; none of one."""
        if not self.moments or self.moments["phase"].count < 2:
            return {}
        spread = {name: moments.deviation().numpy() for name, moments in self.moments.items()}
        if self.reference is not None:
            spread["displacement"] = spread["phase"] / float(np.linalg.norm(self.reference.h_ref))
        return {f"{name}_std": np.where(self.about.support, values, np.nan) for name, values in spread.items()}


def whole(values: NDArray[np.float64], support: Tensor) -> NDArray[np.float64]:
    """Return a field (*box) of a crystal that was cut to `support` (*space) bool in the whole array, NaN elsewhere."""
    found = np.full(tuple(support.shape), np.nan)
    found[fourier.bounding_box(support)] = values[(slice(1, -1),) * values.ndim]
    return found
