"""Arrays: what a reader found in a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from phasekit import InputError

from .measurement import Measurement
from .reading import Stored


@dataclass(frozen=True, eq=False)
class Arrays:
    """What a reader found. Arrays are centred: zero frequency, and an object's centre, at n//2."""

    counts: Stored
    """(*detector) real, raw counts."""
    valid: Stored | None = None
    """(*detector) or, for 3-D data, that of one frame: nonzero has the sense of `valid_means`."""
    flat_field: Stored | None = None
    """(*detector) or that of one frame: relative sensitivity."""
    monitor: Stored | None = None
    """(frames,): incident intensity per frame, in any unit."""
    truth: Stored | None = None
    """The object, on the whole array or the part of it that begins at `truth_start`."""

    def measurement(self, valid_means: str) -> Measurement:
        """Bring the arrays together: trust, flat field, monitor. InputError for shapes that do not fit."""
        counts = _real(self.counts, "intensity")
        shape = tuple(counts.shape)
        if len(shape) not in (2, 3):
            raise InputError(f"{self.counts.place} has shape {shape}; 2-D or 3-D data are needed")
        valid = torch.ones(shape, dtype=torch.bool)
        if self.valid is not None:
            mask = _fitting(self.valid, "valid mask", shape)
            # NaN in a mask trusts nothing in either sense.
            valid = (mask != 0) & ~mask.isnan() if valid_means == "good" else mask == 0
        measured = Measurement(counts, valid.expand(shape))
        if float(measured.valid.double().mean()) < 0.5:
            note = "the mask trusts less than half of the voxels: is its sense (valid_means) the right one?"
            measured = replace(measured, notes=(note,))
        if self.flat_field is not None:
            measured = measured.divided_by(_fitting(self.flat_field, "flat field", shape), "flat field")
        if self.monitor is not None:
            monitor = _real(self.monitor, "monitor")
            if tuple(monitor.shape) != shape[:1] or len(shape) != 3:
                raise InputError(
                    f"the monitor {self.monitor.place} has shape {tuple(monitor.shape)} and the data have "
                    f"{shape}; 3-D data and one number per frame of their first axis are needed"
                )
            good = monitor[torch.isfinite(monitor) & (monitor > 0)]
            measured = measured.divided_by((monitor / good.mean())[:, None, None], "monitor")
        return measured


def _fitting(stored: Stored, name: str, shape: tuple[int, ...]) -> Tensor:
    """Return the array, which must have the data's shape or, for 3-D data, that of one frame."""
    array = _real(stored, name)
    if tuple(array.shape) not in (shape, shape[1:] if len(shape) == 3 else shape):
        frame = f", or {shape[1:]} for all frames," if len(shape) == 3 else ""
        raise InputError(
            f"the {name} {stored.place} has shape {tuple(array.shape)} and the data have {shape}; "
            f"{shape}{frame} is needed"
        )
    return array


def _real(stored: Stored, name: str) -> Tensor:
    if stored.array.dtype.kind == "c":
        raise InputError(f"{stored.place} holds complex numbers, and the {name} takes real ones; name another array")
    array: np.ndarray[Any, Any] = np.ascontiguousarray(stored.array, dtype=np.float32)
    return torch.from_numpy(array)
