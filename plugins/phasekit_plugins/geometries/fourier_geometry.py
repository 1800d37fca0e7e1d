"""FourierGeometry: what geometries share whose data are the transform of the object on the array's own axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from torch import Tensor

from phasekit import Geometry, fourier


class FourierGeometry(Geometry):
    """Maps by the discrete Fourier transform; a subclass says what a voxel's axes mean."""

    fourier_map: ClassVar[bool] = True

    def forward(self, object: Tensor) -> Tensor:
        """Transform with exp(+iQ·r), unitary."""
        return fourier.to_wave(object, self.ndim)

    def forward_within(self, part: Tensor, corner: Sequence[int], space: Sequence[int]) -> Tensor:
        """Transform axis by axis, so that no line of zeros is transformed."""
        return fourier.to_wave_within(part, corner, space)

    def adjoint(self, wave: Tensor) -> Tensor:
        """Transform back; the inverse of `forward`."""
        return fourier.to_object(wave, self.ndim)
