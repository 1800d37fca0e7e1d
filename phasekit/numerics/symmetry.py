"""Mirror images and the twin: what an object can be replaced by without a change of its diffraction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from phasekit.numerics import fourier

Centre = Literal["first", "middle"]
"""The index that stays: 0, or n//2. For even lengths the images are the same, for odd ones a voxel apart."""


def mirrored(array: Tensor, axes: Sequence[int], about: Centre = "middle") -> Tensor:
    """Mirror `array` along `axes` about an index of each; what has no partner, index 0 of even lengths, comes round."""
    rolled = [axis for axis in axes if about == "first" or array.shape[axis] % 2 == 0]
    return torch.roll(array.flip(tuple(axes)), [1] * len(rolled), rolled) if rolled else array.flip(tuple(axes))


def twin(object: Tensor, ndim: int | None = None, about: Centre = "first") -> Tensor:
    """Return the conjugate inversion ρ*(−n) over the last `ndim` axes, by default all; it has the same diffraction."""
    inverted = mirrored(object, fourier.axes(object.ndim if ndim is None else ndim), about)
    return inverted.conj().resolve_conj() if object.is_complex() else inverted
