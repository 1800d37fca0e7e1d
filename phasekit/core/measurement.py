"""Measurement: counts and a mask of trusted voxels, prepared step by step before they become a problem."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from phasekit.core import below_zero, defects, friedel
from phasekit.runtime.errors import InputError


@dataclass(frozen=True, eq=False)
class Measurement:
    """Counts in the order of the file, and the arrays to correct them with; every step returns a new one."""

    counts: Tensor
    """(*detector) float32, raw; below zero where a subtraction left noise."""
    valid: Tensor
    """(*detector) bool, True = trust."""
    sensitivity: Tensor | None = None
    """(*detector) float32 > 0, counts per photon, as applied so far; None means 1."""
    dark: Tensor | None = None
    """(*detector) or that of one frame: counts without beam, for the step `dark`."""
    flat_field: Tensor | None = None
    """(*detector) or that of one frame: relative sensitivity, for the step `flat-field`."""
    monitor: Tensor | None = None
    """(frames,): incident intensity in any unit, for the step `monitor`."""
    positions: Tensor | None = None
    """(frames,) float64: positions of the rocking axis, degrees (an energy scan: keV), in the order of the frames."""
    origin: tuple[float, ...] = ()
    """Index, in the array as read, of the middle of voxel 0."""
    factors: tuple[int, ...] = ()
    """Voxels as read per voxel now, for each axis."""
    clipped_at: float | None = None
    """The count at which the peak was cut off; such voxels are untrusted. None if it was not."""
    notes: tuple[str, ...] = ()
    """Notes on the data, as sentences."""
    steps: tuple[str, ...] = ()
    """The steps so far, in order, as sentences."""

    def __post_init__(self) -> None:
        """Default to voxel 0, unbinned."""
        if not self.origin:
            object.__setattr__(self, "origin", (0.0,) * self.counts.ndim)
        if not self.factors:
            object.__setattr__(self, "factors", (1,) * self.counts.ndim)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the arrays."""
        return tuple(self.counts.shape)

    @property
    def centre(self) -> tuple[float, ...]:
        """Index, in the array as read, of the middle of the voxel n//2."""
        return tuple(
            at + (n // 2) * factor for at, n, factor in zip(self.origin, self.shape, self.factors, strict=True)
        )

    def span(self, axis: int, first: int, last: int) -> slice:
        """Return the current range of the indices `first` to `last` (exclusive) of the array as read, along an axis.

        A voxel that holds any of them counts; empty if none is left.
        """
        factor = self.factors[axis]
        start = self.origin[axis] - (factor - 1) / 2
        low, high = math.floor((first - start) / factor), math.ceil((last - start) / factor)
        low, high = (min(max(index, 0), self.shape[axis]) for index in (low, high))
        return slice(low, max(low, high))

    def extent(self) -> str:
        """Return which indices of the array as read the data cover, for messages."""
        ranges = []
        for at, n, f in zip(self.origin, self.shape, self.factors, strict=True):
            first = round(at - (f - 1) / 2)
            ranges.append(f"{first} … {first + n * f - 1}")
        return f"which cover the indices {', '.join(ranges)} as read"

    def as_read(self, index: Sequence[int]) -> tuple[int, ...]:
        """Return the index, in the array as read, of the middle of a voxel; of the last axes if it has fewer."""
        last = slice(len(self.shape) - len(index), None)
        places = zip(self.origin[last], index, self.factors[last], strict=True)
        return tuple(math.floor(at + i * factor) for at, i, factor in places)

    def hot_pixels(self, sigmas: float = defects.SIGMAS) -> Tensor:
        """Find detector pixels that count far more than their neighbours in most frames; see `defects.hot_pixels`."""
        return defects.hot_pixels(self.counts, self.valid, sigmas)

    def dead_pixels(self) -> Tensor:
        """Find detector pixels without counts whose neighbours have some; see `defects.dead_pixels`."""
        return defects.dead_pixels(self.counts, self.valid)

    def blank_blocks(self) -> Tensor:
        """Find blocks of zeros amid counts; see `defects.blank_blocks`."""
        return defects.blank_blocks(self.counts, self.valid)

    def spikes(self) -> Tensor:
        """Find single bright voxels in one frame: cosmic rays; see `defects.spikes`."""
        return defects.spikes(self.counts, self.valid)

    def done(self, *sentences: str) -> Measurement:
        """Add to the record of steps."""
        return replace(self, steps=(*self.steps, *sentences))

    def noted(self, *sentences: str) -> Measurement:
        """Add to the notes."""
        return replace(self, notes=(*self.notes, *sentences))

    def untrusting(self, bad: Tensor) -> Measurement:
        """Mark the voxels `bad`, bool that broadcasts to (*detector), as untrusted."""
        return replace(self, valid=self.valid & ~bad)

    def without_strange_counts(self) -> Measurement:
        """Mark NaN, infinite and negative counts as untrusted, and note their number; noise below 0 stays trusted."""
        low, high = self.counts.aminmax()
        if low >= 0 and high < math.inf:  # of NaN neither; no array as large as the counts is needed
            return self
        bad, notes = strange(self.counts, self.valid)
        return replace(self.noted(*notes).untrusting(bad), counts=self.counts.masked_fill(bad, 0))

    def without_clipped_counts(self) -> Measurement:
        """Mark plateaus of the highest counts as untrusted, and note them; see `defects.clipped`."""
        cut, gap, level = defects.clipped(self.counts, self.valid)
        if level is None and not bool(gap.any()):
            return self
        measured = replace(self.untrusting(cut | gap), counts=self.counts.masked_fill(gap, 0), clipped_at=level)
        if count := int(gap.sum()):
            measured = measured.noted(f"{count} counts have the highest value in every frame: a gap, left untrusted")
        if level is not None:
            measured = measured.noted(
                f"{int(cut.sum())} trusted counts reach {level:.10g}, where the detector was saturated: left untrusted"
            )
        return measured

    def divided_by(self, factor: Tensor, name: str) -> Measurement:
        """Multiply the sensitivity by `factor`, which broadcasts to (*detector); trust it only above 0."""
        factor = factor.expand(self.shape)
        bad = ~(torch.isfinite(factor) & (factor > 0))
        notes = self.notes
        if count := int(bad.sum()):
            notes = (*notes, f"the {name} is zero, negative or not finite at {count} voxels: left untrusted")
        factor = factor.masked_fill(bad, 1)
        sensitivity = factor if self.sensitivity is None else self.sensitivity * factor
        return replace(self, sensitivity=sensitivity, valid=self.valid & ~bad, notes=notes)

    def peak(self) -> tuple[int, ...]:
        """Return the index of the brightest trusted voxel that is not hot, nor in a hot pixel's column."""
        return self._peak

    @cached_property
    def _peak(self) -> tuple[int, ...]:
        counts = self.counts if bool(self.valid.all()) else self.counts * self.valid
        place = [int(i) for i in torch.unravel_index(counts.argmax(), self.shape)]
        if not bool(counts[tuple(place)].isfinite()):
            counts = counts.nan_to_num(0, 0, 0)
            place = [int(i) for i in torch.unravel_index(counts.argmax(), self.shape)]
        if defects.supported(counts, place):
            return tuple(place)
        supported = counts
        for axis, n in enumerate(self.shape):
            padded = torch.nn.functional.pad(counts.movedim(axis, -1), (1, 1))
            neighbour = torch.maximum(padded[..., :n], padded[..., 2:]).movedim(-1, axis)
            supported = torch.minimum(supported, neighbour)
        likely = counts * (supported >= defects.ALONE * counts)
        brightest = (likely if bool(likely.any()) else counts).argmax()
        return tuple(int(i) for i in torch.unravel_index(brightest, self.shape))

    def middle(self) -> tuple[tuple[int, ...], str]:
        """Return the index of zero frequency, and how it is known: the maximum, unless a gap at it may hide another."""
        peak = self.peak()
        return friedel.hidden_centre(self.photons(), self.valid, peak) or (peak, "maximum")

    def window(self, centre: Sequence[int], shape: Sequence[int]) -> Measurement:
        """Cut out `shape` so that voxel `centre` moves to n//2; voxels from outside are untrusted.

        The pending corrections `dark`, `flat_field` and `monitor` are cut too.
        """
        low = [c - n // 2 for c, n in zip(centre, shape, strict=True)]

        def cut(array: Tensor | None, fill: float) -> Tensor | None:
            if array is None:
                return None
            axes = range(array.ndim) if array.ndim == 1 else range(len(low) - array.ndim, len(low))
            return window(array, [low[a] for a in axes], [shape[a] for a in axes], fill)

        return replace(
            self,
            counts=window(self.counts, low, shape, 0),
            valid=window(self.valid, low, shape, False),
            sensitivity=cut(self.sensitivity, 1),
            dark=cut(self.dark, 0),
            flat_field=cut(self.flat_field, 1),
            monitor=cut(self.monitor, 1),
            positions=cut(self.positions, torch.nan),
            origin=tuple(at + first * f for at, first, f in zip(self.origin, low, self.factors, strict=True)),
        )

    def binned(self, factors: Sequence[int]) -> Measurement:
        """Sum counts over blocks; a block is trusted if all of it is. Incomplete blocks at the end are dropped.

        The voxel at n//2 falls into the block at n//2. Corrections come first: raises InputError while
        `dark`, `flat_field` or `monitor` are still pending.
        """
        left = [name for name in ("dark", "flat_field", "monitor") if getattr(self, name) is not None]
        if left:
            raise InputError(f"{', '.join(left)} cannot be applied to binned data; put the step before bin")
        positions = self.positions
        if positions is not None:
            positions = blocks(positions, factors[:1]).mean(dim=-1)
        whole = [slice(k, k + factors[0]) for k in range(0, max(self.shape[0] - factors[0], 0) + 1, factors[0])]
        # Block by block of the first axis: of the data, nothing is copied whole.
        counts = [blocks(self.counts[part] * self.valid[part], factors).sum(dim=-1) for part in whole]
        valid = [blocks(self.valid[part], factors).all(dim=-1) for part in whole]
        sensitivity = None
        if self.sensitivity is not None:
            sensitivity = torch.cat([blocks(self.sensitivity[part], factors).mean(dim=-1) for part in whole])
        return replace(
            self,
            counts=torch.cat(counts),
            valid=torch.cat(valid),
            sensitivity=sensitivity,
            positions=positions,
            origin=tuple(
                at + (f - 1) / 2 * before for at, f, before in zip(self.origin, factors, self.factors, strict=True)
            ),
            factors=tuple(f * before for f, before in zip(factors, self.factors, strict=True)),
        )

    def photons(self) -> Tensor:
        """Return counts over sensitivity, (*detector)."""
        return self.counts if self.sensitivity is None else self.counts / self.sensitivity


def strange(counts: Tensor, valid: Tensor) -> tuple[Tensor, tuple[str, ...]]:
    """Return where counts are NaN, infinite or marks below zero, bool, and sentences on how many of these were trusted.

    Noise below zero is not strange: see `below_zero.noise`.
    """
    finite, noise = torch.isfinite(counts), below_zero.noise(counts, valid)
    kinds = {"not finite (NaN or infinite)": ~finite, "negative": finite & (counts < 0) & ~noise}
    numbers = {word: int((found & valid).count_nonzero()) for word, found in kinds.items()}
    notes = [f"{count} trusted counts were {word}: left untrusted" for word, count in numbers.items() if count]
    if count := int(noise.sum()):
        notes.append(f"{count} trusted counts are below zero, as noise is after a subtraction: amplitudes take 0 there")
    return ~finite | ((counts < 0) & ~noise), tuple(notes)


def window(array: Tensor, low: Sequence[int], shape: Sequence[int], fill: float) -> Tensor:
    """Return array[low : low + shape] along each axis, `fill` outside."""
    result = array.new_full(tuple(shape), fill)
    source, target = [], []
    for n, start, m in zip(array.shape, low, shape, strict=True):
        first, last = max(start, 0), max(min(start + m, n), max(start, 0))
        source.append(slice(first, last))
        target.append(slice(first - start, last - start))
    result[tuple(target)] = array[tuple(source)]
    return result


def blocks(array: Tensor, factors: Sequence[int]) -> Tensor:
    """Return (*space / factors, voxels of a block)."""
    whole = [n // factor for n, factor in zip(array.shape, factors, strict=True)]
    if min(whole) < 1:
        raise InputError(f"blocks of {tuple(factors)} voxels do not fit into data of shape {tuple(array.shape)}")
    array = array[tuple(slice(0, n * factor) for n, factor in zip(whole, factors, strict=True))]
    split = array.reshape([part for pair in zip(whole, factors, strict=True) for part in pair])
    ndim = len(whole)
    return split.permute(*range(0, 2 * ndim, 2), *range(1, 2 * ndim, 2)).flatten(ndim)
