"""Mirror images and the twin, which has the same diffraction as the object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from phasekit.numerics import fourier

Centre = Literal["first", "middle"]
"""The fixed index: 0, or n//2. The two images are equal for even lengths, and one voxel apart for odd ones."""


def mirrored(array: Tensor, axes: Sequence[int], about: Centre = "middle") -> Tensor:
    """Mirror `array` along `axes` about an index of each; index 0 of even lengths wraps around."""
    rolled = [axis for axis in axes if about == "first" or array.shape[axis] % 2 == 0]
    return torch.roll(array.flip(tuple(axes)), [1] * len(rolled), rolled) if rolled else array.flip(tuple(axes))


def twin(object: Tensor, ndim: int | None = None, about: Centre = "first") -> Tensor:
    """Return the conjugate inversion ρ*(−n) over the last `ndim` axes, by default all; it has the same diffraction."""
    inverted = mirrored(object, fourier.axes(object.ndim if ndim is None else ndim), about)
    return inverted.conj().resolve_conj() if object.is_complex() else inverted
