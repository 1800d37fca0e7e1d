"""Place a known object where the data say it is."""

from __future__ import annotations

import cmath
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from phasekit.numerics import fourier
from phasekit.reading.stored import Stored
from phasekit.runtime.errors import InputError


def placed_truth(
    stored: Stored,
    shape: tuple[int, ...],
    start: Sequence[int] | None,
    sign: str | None,
    centre: Sequence[int],
) -> Tensor:
    """Return the object (*shape) complex64 in phasekit's sign, for data whose voxel `centre` was centred.

    `start` is where a smaller array begins and `sign` that of its transform; None takes what the file states.
    Raises InputError where it does not fit.
    """
    stored = stored.oriented(stored.axes())
    array = stored.array
    if stored.missing or stored.absent is not None:
        why = "; ".join([*stored.missing.values(), *stored.notes][:1])
        raise InputError(f"a part of the truth {stored.place} is missing ({why}); use another, or none")
    if array.ndim != len(shape):
        raise InputError(f"the truth {stored.place} has shape {array.shape}, the data have {shape}")
    if start is None and "start" in stored.attributes:
        start = [int(place) for place in np.ravel(stored.attributes["start"])]
    if start is None and array.shape == shape:
        start = [0] * len(shape)
    if start is None:
        raise InputError(
            f"the truth {stored.place} has shape {array.shape}, the data have {shape}; say with "
            "truth_start where in the array it begins"
        )
    ends = [low + n for low, n in zip(start, array.shape, strict=False)]
    if len(start) != len(shape) or any(end > n for end, n in zip(ends, shape, strict=True)) or min(start) < 0:
        raise InputError(
            f"the truth {stored.place} of shape {array.shape} does not fit into the data, {shape}, from {tuple(start)}"
        )
    truth = torch.zeros(shape, dtype=torch.complex64)
    part = torch.from_numpy(np.ascontiguousarray(array, dtype=np.complex64))
    truth[tuple(slice(low, end) for low, end in zip(start, ends, strict=True))] = part
    if (sign or stored.sign()) == "-":
        truth = truth.conj().resolve_conj()
    # Moving the data by s voxels is a phase ramp exp(−2πi s·n/N) on the object.
    for axis, (n, middle) in enumerate(zip(shape, centre, strict=True)):
        if moved := n // 2 - middle:
            ramp = torch.exp(-2j * cmath.pi * moved * (torch.arange(n, dtype=torch.float64) - n // 2) / n)
            truth = truth * fourier.along(ramp.to(truth.dtype), axis, len(shape))
    return truth
