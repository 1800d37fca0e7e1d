"""Arrays: the contents of a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from phasekit.core import defects
from phasekit.core.measurement import Measurement
from phasekit.reading.detector import Region
from phasekit.reading.stored import Stored
from phasekit.runtime.errors import InputError

NAMED = 5
"""Maximum number of missing frames in a note."""


@dataclass(frozen=True, eq=False)
class Arrays:
    """The contents of a file. Arrays are centred: zero frequency, and an object's centre, at n//2."""

    counts: Stored
    """(*detector) real, raw counts."""
    valid: Stored | None = None
    """(*detector) or, for 3-D data, that of one frame: nonzero has the sense of `valid_means`."""
    flat_field: Stored | None = None
    """(*detector) or that of one frame: relative sensitivity."""
    monitor: Stored | None = None
    """(frames,): incident intensity per frame, in any unit."""
    truth: Stored | None = None
    """The object, on the whole array or the region that begins at `truth_start`."""
    dark: Stored | None = None
    """(*detector) or that of one frame: counts without beam."""
    positions: Stored | None = None
    """(frames,): positions of the rocking axis, degrees (an energy scan: keV)."""
    geometry: Mapping[str, Any] = field(default_factory=dict)
    """Options of the geometry `bragg` stated in the file."""
    detector: str | None = None
    """Name of the detector as the file gives it."""
    region: Region | None = None
    """Part of the detector's picture that the frames show, as the file gives it."""
    picture: tuple[int, int] | None = None
    """Rows and columns of the frames in the file, if `region` is that part of them which the recipe chose."""
    bad_bits: int | None = None
    """Bits of the mask that mean bad, if its nonzero values do; None for all."""
    notes: tuple[str, ...] = ()
    """What was found while reading, as sentences."""
    doubt: str = ""
    """Why `geometry` lacks what the file might state: a note, and the reason where the recipe does not give it."""

    def _said(self) -> tuple[str, ...]:
        parts = (self.counts, self.valid, self.flat_field, self.monitor, self.truth, self.dark, self.positions)
        stored = [note for part in parts if part is not None for note in part.notes]
        return (*self.notes, *stored, *filter(None, [self.doubt]))

    def measurement(self, valid_means: str) -> Measurement:
        """Combine the arrays; raises InputError for shapes that do not fit."""
        counts = _real(self.counts, "intensity")
        shape = tuple(counts.shape)
        if len(shape) not in (2, 3):
            raise InputError(f"{self.counts.place} has shape {shape}; 2-D or 3-D data are needed")
        valid, notes = self._trusted(valid_means, shape)
        valid[[*self.counts.missing]] = False
        if self.counts.absent is not None:
            valid &= ~torch.from_numpy(self.counts.absent)
        full = _full(self.counts)
        marked = defects.marked_gaps(counts, valid & ~full if full.ndim else valid)
        bad = full | marked if full.ndim else marked
        spoilt = bool(bad.any())
        measured = Measurement(
            counts.masked_fill(bad, 0) if spoilt else counts,
            valid & ~bad if spoilt else valid,
            dark=None if self.dark is None else _picture(self.dark, "dark frame", shape),
            flat_field=None if self.flat_field is None else _picture(self.flat_field, "flat field", shape),
            monitor=_per_frame(self.monitor, "monitor", shape),
            positions=_per_frame(self.positions, "positions", shape),
            notes=(
                *self._said(),
                *notes,
                *_missing(self.counts),
                *_overflow(self.counts, int((full & valid).count_nonzero())),
                *_marked(int((marked & valid & ~full).count_nonzero())),
            ),
        ).without_clipped_counts()
        if int(measured.valid.count_nonzero()) < 0.5 * measured.valid.numel():
            measured = measured.noted(
                "the mask trusts less than half of the voxels: is its sense (valid_means) correct?"
            )
        return measured

    def _trusted(self, valid_means: str, shape: tuple[int, ...]) -> tuple[Tensor, tuple[str, ...]]:
        """Return what the mask trusts, of `shape`, and a note on bits that do not mean bad."""
        if self.valid is None:
            return torch.ones(shape, dtype=torch.bool), ()
        mask = _fitting(self.valid, "valid mask", shape)
        if valid_means == "good":  # NaN in a mask trusts nothing in either sense
            return ((mask != 0) & ~mask.isnan()).expand(shape).clone(), ()
        good, values = mask == 0, self.valid.array
        if self.bad_bits is None or values.dtype.kind not in "iu":
            return good.expand(shape).clone(), ()
        bad = torch.from_numpy((values & np.array(self.bad_bits).astype(values.dtype)) != 0)
        others = int((~good & ~bad).sum())
        note = f"{others} values of the mask have no bit that means bad: trusted (bad_bits: {self.bad_bits:#x})"
        return (~bad).expand(shape).clone(), (note,) if others else ()


def _marked(count: int) -> tuple[str, ...]:
    """Return a note with the number of voxels in such gaps."""
    text = f"{count} counts are the maximum of a counter, 2^n - 1, in every frame: gaps of the detector, left untrusted"
    return (text,) if count else ()


def _full(stored: Stored) -> Tensor:
    """Return where unsigned counts have the maximum of their type: gaps and overflow of Eiger and Maxipix.

    It is one False if none have.
    """
    kind = stored.array.dtype
    if kind.kind != "u" or stored.array.max(initial=0) < np.iinfo(kind).max:
        return torch.tensor(False)
    return torch.from_numpy(stored.array == np.iinfo(kind).max)


def _overflow(stored: Stored, count: int) -> tuple[str, ...]:
    """Return a note with the number of such voxels."""
    kind = stored.array.dtype
    text = f"{count} trusted counts were the maximum of {kind}, which marks gaps and overflow: left untrusted"
    return (text,) if count else ()


def _missing(stored: Stored) -> tuple[str, ...]:
    """Return a note on the missing frames and the reasons."""
    if not stored.missing:
        return ()
    reasons = [f"{frame} ({why})" for frame, why in sorted(stored.missing.items())]
    more = f" and {len(reasons) - NAMED} more" if len(reasons) > NAMED else ""
    said = f"frames {', '.join(reasons[:NAMED])}{more} are" if len(reasons) > 1 else f"frame {reasons[0]} is"
    return (f"{said} missing: left untrusted",)


def _per_frame(stored: Stored | None, name: str, shape: tuple[int, ...]) -> Tensor | None:
    """Return the numbers, which must be one per frame of 3-D data."""
    if stored is None:
        return None
    values = torch.from_numpy(np.ascontiguousarray(stored.array, dtype=np.float64))
    if tuple(values.shape) != shape[:1] or len(shape) != 3:
        raise InputError(
            f"the {name} {stored.place} has shape {tuple(values.shape)} and the data have {shape}; 3-D data and "
            "one number per frame of their first axis are required"
        )
    return values.float() if name == "monitor" else values


def _picture(stored: Stored, name: str, shape: tuple[int, ...]) -> Tensor:
    """Return a picture of the detector, of the data's shape or of one frame; of several frames their mean."""
    several = stored.array.ndim == 3 and stored.array.shape[1:] == shape[-2:] and stored.array.shape != shape
    return _fitting(stored, name, stored.array.shape).nanmean(dim=0) if several else _fitting(stored, name, shape)


def _fitting(stored: Stored, name: str, shape: tuple[int, ...]) -> Tensor:
    """Return the array, which must have the data's shape or, for 3-D data, that of one frame."""
    array = _real(stored, name)
    if tuple(array.shape) not in (shape, shape[1:] if len(shape) == 3 else shape):
        frame = f", or {shape[1:]} for all frames," if len(shape) == 3 else ""
        raise InputError(
            f"the {name} {stored.place} has shape {tuple(array.shape)} and the data have {shape}; "
            f"{shape}{frame} is needed"
        )
    if stored.missing or stored.absent is not None:
        array = array.clone()
        array[[*stored.missing]] = torch.nan
        if stored.absent is not None:
            array[torch.from_numpy(stored.absent)] = torch.nan
    return array


def _real(stored: Stored, name: str) -> Tensor:
    if stored.array.dtype.kind == "c":
        raise InputError(f"{stored.place} holds complex numbers, but the {name} must be real; name another array")
    array: np.ndarray[Any, Any] = np.ascontiguousarray(stored.array, dtype=np.float32)
    return torch.from_numpy(array)
