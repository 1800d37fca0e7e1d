"""Cut: the slices through the middle of one start's object that a page shows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from phasekit.numerics import fourier


@dataclass(frozen=True, eq=False)
class Cut:
    """One plane across each axis of a 3-D object, or the 2-D object itself; in 8 bits to save memory."""

    amplitude: tuple[Tensor, ...]
    """(rows, columns) uint8 each: 255 is the largest modulus of the whole object."""
    phase: tuple[Tensor, ...]
    """(rows, columns) uint8 each: 1 is −π and 255 is π, with zero mean over the support; 0 is outside it."""

    @classmethod
    def of(cls, object: Tensor, support: Tensor, centre: tuple[int, ...]) -> Self:
        """Cut an object (*space) complex with its support (*space) bool through the index `centre`."""
        level = object[support].sum().angle() if support.any() else torch.zeros(())
        largest = object.abs().max().clamp(min=1e-30)
        amplitude, phase = [], []
        for axis in range(object.ndim) if object.ndim == 3 else (None,):
            plane, inside = (x if axis is None else x.select(axis, centre[axis]) for x in (object, support))
            amplitude.append((plane.abs() / largest * 255).round().to(torch.uint8))
            turned = (plane * torch.exp(-1j * level)).angle()
            phase.append(torch.where(inside, (128 + turned / math.pi * 127).round(), 0).to(torch.uint8))
        return cls(tuple(amplitude), tuple(phase))


def centre_of(object: Tensor) -> tuple[int, ...]:
    """Return the index nearest to the centre of mass of |object| (*space); the middle if the object is zero."""
    return tuple(round(index) for index in fourier.centre_of_mass(object.abs()).tolist())
