"""Geometry: the map from an object to the detector, and the positions of the voxels."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import torch
from pydantic import Field
from torch import Tensor

from phasekit.core.plugin import Plugin
from phasekit.numerics import fourier
from phasekit.runtime.errors import InputError


@dataclass(frozen=True, eq=False)
class Setup:
    """A set-up with matrices computed elsewhere, to check a geometry: `phasekit geometry --check`."""

    name: str
    source: str
    """The program that computed the matrices."""
    geometry: Geometry
    shape: tuple[int, ...]
    expected: Mapping[str, Any]
    """Key of `phasekit geometry --json` -> expected value."""
    tolerance: float
    """Largest acceptable deviation, relative to the largest entry."""


class Geometry(Plugin):
    """The linear map from an object to the wave on the detector, and the positions of the voxels."""

    kind: ClassVar[str] = "geometry"
    fourier_map: ClassVar[bool] = False
    """Whether `forward` is `fourier.to_wave` and `adjoint` its inverse, and nothing else: solvers may then iterate on
    the wave, with compiled transforms in place of these methods."""
    ndim: Literal[2, 3] = Field(3, description="Dimensions of the data; a problem sets it from its arrays.")

    def for_data(self, ndim: int) -> Self:
        """Return this geometry for arrays of `ndim` dimensions; raises InputError if that is impossible."""
        return self if ndim == self.ndim else self.model_copy(update={"ndim": ndim})

    @abstractmethod
    def forward(self, object: Tensor) -> Tensor:
        """Map (*batch, *space) complex to the wave (*batch, *detector), zero frequency first, energy kept."""

    def forward_within(self, part: Tensor, corner: Sequence[int], space: Sequence[int]) -> Tensor:
        """Map an object that is zero outside a box: equal to `forward`, but cheaper in some geometries.

        `part` (*batch, *box) lies in the box whose first voxel is `corner` in an array of shape `space`.
        """
        return self.forward(fourier.placed(part, corner, space))

    @abstractmethod
    def adjoint(self, wave: Tensor) -> Tensor:
        """Map a wave (*batch, *detector) back to (*batch, *space)."""

    @abstractmethod
    def basis(self, space: tuple[int, ...]) -> Tensor:
        """Return (ndim, 3) float64: row i is the step of one voxel along array axis i, metres, laboratory frame."""

    def calibrated(self) -> bool:
        """Return whether the lengths of `basis` are true metres, not only relative lengths."""
        return True

    def transfer(self) -> Tensor | None:
        """Return q at the array's centre, (3,) float64 in 1/m, if phase means displacement; else None.

        Like `basis`, `beam` and `reference` it is in the laboratory frame, with the sample oriented as
        at the array's centre.
        """
        return None

    def reference(self) -> Tensor | None:
        """Return h_ref, (3,) float64 in 1/m, the reference for strain; by default `transfer`."""
        return self.transfer()

    def beam(self) -> Tensor | None:
        """Return the wave vectors k_i and k_f at the array's centre, (2, 3) float64 in 1/m; None if unknown."""
        return None

    def frames(self) -> Mapping[str, Tensor]:
        """Return the available frames: name -> (3, 3) float64 rotation R, v_frame = R v_laboratory."""
        return {"laboratory": torch.eye(3, dtype=torch.float64)}

    def windowed(self, centre: Sequence[float], factors: Sequence[int]) -> Self:
        """Return the geometry of prepared data.

        `centre` is the index, in the array as it was read, of the middle of the voxel that became the centre
        n//2; `factors` says how many voxels, per axis, were summed into one. Raises InputError for a geometry
        that does not support this.
        """
        if any(factor != 1 for factor in factors):
            raise InputError(f"the geometry '{self.name}' does not support binned data; remove the step bin")
        return self

    @classmethod
    def setups(cls) -> tuple[Setup, ...]:
        """Return reference set-ups that this geometry must agree with."""
        return ()

    def remarks(self, space: tuple[int, ...]) -> tuple[str, ...]:
        """Return sentences on what looks wrong for an array of this shape; raises InputError for the impossible."""
        return ()
