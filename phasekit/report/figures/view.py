"""View: what the figures of objects show, where it lies, and what its axes measure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from phasekit.analysis.volume import Volume
from phasekit.core.geometry import Geometry
from phasekit.core.result import Result
from phasekit.numerics import fourier
from phasekit.report.figures.plane import Plane, planes

MARGIN = 0.15

LEVEL = 0.5
"""Part of the robust maximum of the amplitude at which the surface lies: the middle of a blurred face."""


@dataclass(frozen=True, eq=False)
class View:
    """An object with the axes, box and unit that all figures of it share.

    Of a result it is the best object along the array's own axes, which may be sheared; of a volume it is the
    crystal on its orthogonal grid.
    """

    object: np.ndarray
    """(*space) complex; zero where nothing is known."""
    support: np.ndarray
    """(*space) bool."""
    centre: tuple[float, ...]
    """The index that coordinates are measured from: the centre of mass."""
    box: tuple[slice, ...]
    """The support's bounding box and a margin."""
    basis: np.ndarray
    """(ndim, 3): the step of a voxel along each array axis, in `unit`; its columns are x, y, z of the frame."""
    unit: str
    """nm or µm; voxels where the lengths, and so the frame, are not known."""
    frame: str = ""
    """The frame of a volume; "" for the array's own axes."""

    @classmethod
    def of(cls, result: Result) -> View:
        """Look at the best object of `result`, its mean phase set to zero."""
        return cls.through(result.best, result.support[0], result.problem.geometry)

    @classmethod
    def through(cls, best: Tensor, where: Tensor, geometry: Geometry) -> View:
        """Look at an object (*space) complex inside its support (*space) bool, its mean phase set to zero."""
        object = np.nan_to_num(best.detach().cpu().resolve_conj().numpy()).astype(np.complex64)
        support = where.cpu().numpy().astype(bool)
        basis = geometry.basis(support.shape).cpu().numpy().astype(float)
        unit = "voxels"
        if geometry.calibrated():
            low, high = bounds(support)
            widest = max(np.linalg.norm(basis, axis=1) * (high - low))
            unit, factor = ("nm", 1e9) if widest < 10e-6 else ("µm", 1e6)
            basis = basis * factor
        return cls(level(object, support), support, middle(support), around(support), basis, unit)

    @classmethod
    def within(cls, volume: Volume) -> View:
        """Look at the fields of `volume`, their phase as it is there."""
        amplitude, phase = (np.nan_to_num(volume.fields[name]) for name in ("amplitude", "phase"))
        support = volume.fields["support"].astype(bool)
        spacing = np.array(volume.spacing_nm)
        centre = tuple(float(c) for c in reversed(-np.array(volume.origin_nm) / spacing))
        box = around(support)
        centre = tuple(float(np.clip(c, part.start, part.stop - 1)) for c, part in zip(centre, box, strict=True))
        basis = np.diag(spacing)[::-1]
        object = (amplitude * np.exp(1j * phase)).astype(np.complex64)
        return cls(object, support, centre, box, basis, "nm", volume.frame)

    @cached_property
    def robust_maximum(self) -> float:
        """The 98 % point of the amplitude inside the support; of all of it where the support is empty."""
        amplitude = np.abs(self.object)
        return float(np.quantile(amplitude[self.support] if self.support.any() else amplitude, 0.98))

    @cached_property
    def inside(self) -> np.ndarray:
        """(*space) bool: the voxels of the support inside the surface at `LEVEL`."""
        inside: np.ndarray = self.support & (np.abs(self.object) > LEVEL * self.robust_maximum)
        return inside

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
        if self.frame:
            return ["z", "y", "x"]
        if not self.calibrated:
            return [f"axis {axis}" for axis in range(len(self.basis))]
        return [axis_name(axis, row) for axis, row in enumerate(self.basis)]

    @cached_property
    def planes(self) -> list[Plane]:
        """The cuts that figures of objects show; those of a frame are named by its letters, y and z upwards."""
        cuts = planes(self.box, self.centre, self.steps.tolist(), self.names, self.unit)
        if not self.frame:
            return cuts
        titles = (f"{letters} plane, {self.frame} frame" for letters in ("x–y", "x–z", "y–z"))
        return [replace(plane, title=title) for plane, title in zip(cuts, titles, strict=True)]

    @property
    def skew(self) -> float:
        """The largest departure of two array axes from a right angle, degrees."""
        unit = self.basis / self.steps[:, None]
        return float(np.degrees(np.arcsin(np.clip(np.abs(np.triu(unit @ unit.T, 1)).max(), 0, 1))))


def around(support: np.ndarray) -> tuple[slice, ...]:
    """Return the bounding box of `support` (*space) and a margin."""
    low, high = bounds(support)
    margin = np.maximum(2, np.ceil(MARGIN * (high - low)).astype(int))
    return tuple(
        slice(max(0, int(a)), min(n, int(b)))
        for a, b, n in zip(low - margin, high + margin, support.shape, strict=True)
    )


def bounds(support: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first index inside `support` and the first beyond it, per axis; the whole array where it is empty."""
    box = fourier.bounding_box(torch.from_numpy(support))
    return np.array([side.start for side in box]), np.array([side.stop for side in box])


def middle(support: np.ndarray) -> tuple[float, ...]:
    """Return the index in the middle of `support` (*space), of the whole array where it is empty."""
    return tuple(fourier.centre_of_mass(torch.from_numpy(support)).round().tolist())


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
