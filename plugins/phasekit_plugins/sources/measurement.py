"""Measurement: counts and what to trust of them, made ready by steps: correct, centre, crop, bin, pad."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from phasekit import InputError

ALONE = 0.1
"""A voxel is hot, not the peak, where its brighter neighbour along some axis has less than this part of it.
The peak's has 0.4 at oversampling 2."""


@dataclass(frozen=True, eq=False)
class Measurement:
    """Counts in the order of the file, zero frequency at the centre; every step returns a new one."""

    counts: Tensor
    """(*detector) float32, raw."""
    valid: Tensor
    """(*detector) bool, True = trust."""
    sensitivity: Tensor | None = None
    """(*detector) float32 > 0, counts per photon; None means 1."""
    notes: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the arrays."""
        return tuple(self.counts.shape)

    def without_strange_counts(self) -> Measurement:
        """Leave NaN, infinite and negative counts untrusted, and note how many there were."""
        strange, negative = ~torch.isfinite(self.counts), self.counts < 0
        notes = self.notes
        for found, word in ((strange & ~negative, "not finite (NaN or infinite)"), (negative, "negative")):
            if count := int((found & self.valid).sum()):
                notes = (*notes, f"{count} trusted counts were {word}: left untrusted")
        bad = strange | negative
        return replace(self, counts=self.counts.masked_fill(bad, 0), valid=self.valid & ~bad, notes=notes)

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
        counts = self.counts * self.valid
        supported = counts
        for axis, n in enumerate(self.shape):
            padded = torch.nn.functional.pad(counts.movedim(axis, -1), (1, 1))
            neighbour = torch.maximum(padded[..., :n], padded[..., 2:]).movedim(-1, axis)
            supported = torch.minimum(supported, neighbour)
        likely = counts * (supported >= ALONE * counts)
        brightest = (likely if bool(likely.any()) else counts).argmax()
        return tuple(int(i) for i in torch.unravel_index(brightest, self.shape))

    def window(self, centre: Sequence[int], shape: Sequence[int]) -> Measurement:
        """Cut out `shape` so that voxel `centre` comes to lie at n//2; what was outside is untrusted."""
        low = [c - n // 2 for c, n in zip(centre, shape, strict=True)]
        return replace(
            self,
            counts=window(self.counts, low, shape, 0),
            valid=window(self.valid, low, shape, False),
            sensitivity=None if self.sensitivity is None else window(self.sensitivity, low, shape, 1),
        )

    def binned(self, factors: Sequence[int]) -> Measurement:
        """Sum counts over blocks; a block is trusted if all of it is. What is left over at the end goes.

        The voxel at n//2 falls into the block at n//2.
        """
        return replace(
            self,
            counts=blocks(self.counts * self.valid, factors).sum(dim=-1),
            valid=blocks(self.valid, factors).all(dim=-1),
            sensitivity=None if self.sensitivity is None else blocks(self.sensitivity, factors).mean(dim=-1),
        )

    def photons(self) -> Tensor:
        """Return counts over sensitivity, (*detector)."""
        return self.counts if self.sensitivity is None else self.counts / self.sensitivity


def window(array: Tensor, low: Sequence[int], shape: Sequence[int], fill: float) -> Tensor:
    """Return array[low : low + shape] along each axis, `fill` where that lies outside."""
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
