"""View: which part of the object's array the figures show, and what its axes measure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from phasekit.report.plane import Plane, planes
from phasekit.result import Result

MARGIN = 0.15


@dataclass(frozen=True, eq=False)
class View:
    """The best object with its global phase removed, and the frame that all figures of objects share."""

    object: np.ndarray
    """(*space) complex: the best object; the mean phase inside its support is zero."""
    support: np.ndarray
    """(*space) bool."""
    centre: tuple[int, ...]
    """The voxel at the centre of mass of the support."""
    box: tuple[slice, ...]
    """The support's bounding box and a margin."""
    basis: np.ndarray
    """(ndim, 3): the step of a voxel along each axis, laboratory frame, in `unit`."""
    unit: str
    """nm or µm; voxels where the lengths, and so the frame, are not known."""

    @classmethod
    def of(cls, result: Result) -> View:
        """Look at the best object of `result`."""
        object = np.nan_to_num(result.best.detach().cpu().resolve_conj().numpy()).astype(np.complex64)
        support = result.support[0].cpu().numpy().astype(bool)
        places = np.argwhere(support)
        if len(places) == 0:
            places = np.argwhere(np.ones_like(support))
        low, high = places.min(axis=0), places.max(axis=0) + 1
        margin = np.maximum(2, np.ceil(MARGIN * (high - low)).astype(int))
        box = tuple(
            slice(max(0, int(a)), min(n, int(b)))
            for a, b, n in zip(low - margin, high + margin, support.shape, strict=True)
        )
        basis = result.problem.geometry.basis(support.shape).cpu().numpy().astype(float)
        unit = "voxels"
        if result.problem.geometry.calibrated():
            widest = max(np.linalg.norm(basis, axis=1) * (high - low))
            unit, factor = ("nm", 1e9) if widest < 10e-6 else ("µm", 1e6)
            basis = basis * factor
        centre = tuple(int(c) for c in np.rint(places.mean(axis=0)))
        return cls(level(object, support), support, centre, box, basis, unit)

    @property
    def calibrated(self) -> bool:
        """Whether lengths and angles are the laboratory's, not only the array's."""
        return self.unit != "voxels"

    @property
    def steps(self) -> np.ndarray:
        """(ndim,) The length of a voxel along each axis."""
        lengths: np.ndarray = np.linalg.norm(self.basis, axis=1)
        return lengths

    @cached_property
    def names(self) -> list[str]:
        """What the axes are called: "axis 0 = z" where an axis is known to run along one of the laboratory's."""
        if not self.calibrated:
            return [f"axis {axis}" for axis in range(len(self.basis))]
        return [axis_name(axis, row) for axis, row in enumerate(self.basis)]

    @cached_property
    def planes(self) -> list[Plane]:
        """The cuts that figures of objects show."""
        return planes(self.box, self.centre, self.steps.tolist(), self.names, self.unit)

    @property
    def skew(self) -> float:
        """The largest departure of two array axes from a right angle, degrees."""
        unit = self.basis / self.steps[:, None]
        return float(np.degrees(np.arcsin(np.clip(np.abs(np.triu(unit @ unit.T, 1)).max(), 0, 1))))


def axis_name(axis: int, step: np.ndarray) -> str:
    """Name an array axis, with the laboratory's letter where `step` (3,) is parallel to x, y or z."""
    along = step / max(np.linalg.norm(step), 1e-300)
    for letter, part in zip("xyz", along, strict=True):
        if abs(part) > 0.9999:
            return f"axis {axis} = {'' if part > 0 else '−'}{letter}"
    return f"axis {axis}"


def level(object: np.ndarray, support: np.ndarray) -> np.ndarray:
    """Turn `object` (*space) so that its mean phase inside `support`, weighted by the modulus, is zero."""
    mean = object[support].sum()
    return object * (np.conj(mean) / abs(mean)) if abs(mean) > 0 else object
