"""Examined: the data as read and as prepared, so that a finding knows what has been corrected since."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from phasekit.core import defects
from phasekit.core.measurement import Measurement
from phasekit.core.problem import Problem
from phasekit.numerics import fourier


@dataclass(frozen=True, eq=False)
class Examined:
    """The data to examine; centred, on the CPU."""

    problem: Problem
    prepared: Measurement
    """The data for the solver, including held-out voxels."""
    raw: Measurement
    """The data as read, invalid counts untrusted; the prepared data if nothing was read."""
    measured: bool
    """Whether there are data as read; a simulation has none."""

    @classmethod
    def of(cls, problem: Problem, raw: Measurement | None) -> Examined:
        """Combine the two."""
        problem, ndim = problem.to("cpu"), problem.ndim
        photons = problem.measured_intensity
        counts = photons if problem.sensitivity is None else photons * problem.sensitivity
        prepared = Measurement(
            fourier.centred(counts, ndim),
            fourier.centred(problem.trusted, ndim),
            None if problem.sensitivity is None else fourier.centred(problem.sensitivity, ndim),
            origin=problem.origin,
            factors=problem.factors,
        )
        # Without a record of where each voxel went, the data as read cannot be compared.
        if raw is None or len(problem.origin) != ndim:
            return cls(problem, prepared, prepared, False)
        return cls(problem, prepared, raw.without_strange_counts(), True)

    def still(self, found: Tensor) -> Tensor:
        """Return (*as read) bool: those of `found`, which broadcasts to it, that the prepared data still trust."""
        still = torch.zeros_like(self.raw.valid)
        still[tuple(self._trusted_still(found)[0].T)] = True
        return still

    def kept(self, found: Tensor) -> Tensor:
        """Return, on the prepared array, which trusted voxels hold any of `found` (*as read) bool."""
        kept = torch.zeros_like(self.prepared.valid)
        kept[tuple(self._trusted_still(found)[1].T)] = True
        return kept

    def _trusted_still(self, found: Tensor) -> tuple[Tensor, Tensor]:
        """Return the still trusted voxels of `found`: (n, ndim) indices as read, and in the prepared data."""
        read, ready = (
            (torch.tensor(of.origin, dtype=torch.float64), torch.tensor(of.factors)) for of in (self.raw, self.prepared)
        )
        places = found.expand(self.raw.shape).nonzero()
        index = read[0] + places * read[1]
        index = ((index - ready[0] + (ready[1] - 1) / 2) / ready[1]).floor().long()
        inside = ((index >= 0) & (index < torch.tensor(self.prepared.shape))).all(dim=1)
        places, index = places[inside], index[inside]
        trusted = self.prepared.valid[tuple(index.T)]
        return places[trusted], index[trusted]

    @cached_property
    def frames(self) -> range:
        """The frames as read that remain in the prepared data; none for 2-D data."""
        if len(self.raw.shape) != 3:
            return range(0)
        at, n, factor = self.prepared.origin[0], self.prepared.shape[0], self.prepared.factors[0]
        first = round(at - (factor - 1) / 2) if self.measured else 0
        return range(max(first, 0), min(first + n * factor, self.raw.shape[0]))

    @cached_property
    def hot(self) -> Tensor:
        """(rows, columns) bool: hot pixels as read."""
        return self.raw.hot_pixels()

    @cached_property
    def spikes(self) -> Tensor:
        """(*as read) bool: single bright voxels."""
        return self.raw.spikes()

    @cached_property
    def dead(self) -> Tensor:
        """(rows, columns) bool: dead pixels as read."""
        return self._alive.dead_pixels()

    @cached_property
    def blank(self) -> Tensor:
        """(*as read) bool: blocks of zeros amid counts."""
        return self._alive.blank_blocks()

    @property
    def _alive(self) -> Measurement:
        """As read, without hot pixels, cosmic rays and silent frames."""
        frames = self.silent.reshape(-1, *[1] * (len(self.raw.shape) - 1))
        return self.raw.untrusting(self.hot).untrusting(self.spikes).untrusting(frames)

    @cached_property
    def totals(self) -> Tensor:
        """(frames,) float64: trusted counts of each frame as read, without hot pixels."""
        trusted = self.raw.valid & ~self.hot & ~self.spikes
        return (self.raw.counts * trusted).flatten(1).sum(dim=1, dtype=torch.float64)

    @cached_property
    def silent(self) -> Tensor:
        """(frames,) bool: frames as read without counts."""
        if len(self.raw.shape) != 3:
            return torch.zeros(self.raw.shape[0], dtype=torch.bool)
        return (self.totals == 0) & self.raw.valid.flatten(1).any(dim=1)

    @cached_property
    def sound(self) -> Measurement:
        """As read and corrected, without hot, dead and silent parts."""
        raw, frame = self.raw, (-1, *[1] * (len(self.raw.shape) - 1))
        sound = self._alive.untrusting(self.dead).untrusting(self.blank)
        if raw.dark is not None:
            sound = replace(sound, counts=(sound.counts - raw.dark.nan_to_num(0)).clamp(min=0))
        monitor = None if raw.monitor is None else raw.monitor.reshape(frame)
        for factor, name in ((raw.flat_field, "flat field"), (monitor, "monitor")):
            if factor is not None and bool((good := factor.isfinite() & (factor > 0)).any()):
                if factor is raw.flat_field:
                    trusted = raw.valid if factor.ndim == raw.valid.ndim else raw.valid.any(dim=0)
                    sound = sound.untrusting(uneven := defects.uneven_pixels(factor, trusted))
                    good &= ~uneven
                sound = sound.divided_by(factor / factor[good].mean(), name)
        return sound

    @cached_property
    def pattern(self) -> Measurement:
        """The prepared data without the hot pixels and cosmic rays that are still trusted."""
        return self.prepared.untrusting(self.kept(self.hot) | self.kept(self.spikes))

    @cached_property
    def guessed(self) -> float:
        """The fraction of the counts in untrusted voxels, as estimated from their neighbours."""
        return self.problem.filled()[1]

    @cached_property
    def peak(self) -> float:
        """Photons in the brightest voxel of the pattern."""
        return float(self.pattern.photons()[self.pattern.peak()])

    @cached_property
    def saturated(self) -> tuple[float, int, bool]:
        """The highest count as read, the number of voxels with it, and whether it is a plateau or a known limit."""
        if self.raw.clipped_at is not None:
            return self.raw.clipped_at, int((self.raw.counts == self.raw.clipped_at).sum()), True
        counts = self.raw.counts[self.raw.valid & ~self.hot & ~self.spikes]
        top = float(counts.max()) if len(counts) else 0.0
        many = int((counts == top).sum())
        close = int(((counts < top) & (counts > top - 2 * top**0.5)).sum())
        plateau = top > 0 and many >= defects.PLATEAU and many >= close
        return top, many, plateau or top in defects.LIMITS

    def oversampling(self) -> tuple[float, ...]:
        """Estimate the oversampling per axis from the data as read, divided by the binning.

        Zeros from outside the array would blur the autocorrelation, and binned data fold it; cropping and padding
        change nothing.
        """
        return self._oversampling

    @cached_property
    def _oversampling(self) -> tuple[float, ...]:
        photons = self.sound.photons() * self.sound.valid
        fine = replace(self.problem, intensity=photons, valid=self.sound.valid).oversampling()
        factors = self.prepared.factors if self.measured else (1,) * len(fine)
        return tuple(ratio / factor for ratio, factor in zip(fine, factors, strict=True))
