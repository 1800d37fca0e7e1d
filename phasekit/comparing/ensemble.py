"""Ensemble: the starts of one solver together, aligned with one reference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor

from phasekit.analysis.resolution import prtf, resolution, shell_correlation
from phasekit.analysis.shells import Shells
from phasekit.analysis.strain_spread import StrainSpread
from phasekit.analysis.uncertainty import drift, phase_deviation
from phasekit.comparing.middle_slices import Cut, centre_of
from phasekit.core.problem import Problem
from phasekit.core.result import BatchOutcome
from phasekit.numerics.moments import Moments
from phasekit.numerics.registration import align
from phasekit.solving.rank import AGREES


@dataclass(frozen=True, eq=False)
class Ensemble:
    """The best object and the mean of all that did not fail, with their spread; on the CPU."""

    best: Tensor
    """(*space) complex: the object of the best seed, aligned with the reference."""
    support: Tensor
    """(*space) bool, moved along with the best object."""
    seed: int
    mean: Tensor
    """(*space) complex: the mean of the aligned objects."""
    amplitude_spread: Tensor
    """(*space) real: standard deviation of |ρ| over the starts."""
    phase_spread: Tensor
    """(*space) real: standard deviation over the starts of the phase relative to the best, radians."""
    count: int
    """Number of objects in the mean."""
    agreed: Tensor
    """(*space) complex: the mean of the objects that agree with the best, itself included."""
    agreed_spread: Tensor
    """(*space) real: standard deviation of their phase, radians; 0 if no other agrees."""
    agreeing: int
    """Their number."""
    agreed_amplitude_spread: Tensor
    """(*space) real: standard deviation of their |ρ|."""
    strain_spread: np.ndarray | None
    """(*space): standard deviation of their strain; None without strain and if no other agrees."""
    drift: float
    """How far `agreed` moves in a wider support, photons per voxel, see `phasekit.analysis.uncertainty.drift`."""
    prtf: Tensor
    """(shells,) float64, see `phasekit.analysis.resolution.prtf`."""
    weight: Tensor
    """(shells,) float64: Fourier spectral weight Σ√Ip of the best object."""
    correlation: Tensor | None
    """(shells,) float64: Fourier shell correlation of the best object with the truth; None if unknown."""
    resolved: float
    """Where the PRTF falls to 1/e: nm if the geometry is calibrated, else voxels; NaN if it starts below."""
    centre: tuple[int, ...]
    """The index of the slices through all objects on a problem: the middle of the reference."""
    cuts: Mapping[int, Cut]
    """Seed -> slices of its aligned object, for every start that did not fail."""

    @classmethod
    def of(cls, problem: Problem, outcomes: Iterable[BatchOutcome], best: int, reference: Tensor) -> Self:
        """Align the objects of all starts that did not fail to `reference` (*space).

        `best` is the seed whose object is kept; it did not fail. `outcomes` is iterated twice, one at a time, to save
        memory.
        """
        chosen = next(
            (o.object[o.seeds.index(best)], o.support[o.seeds.index(best)]) for o in outcomes if best in o.seeds
        )
        turn = align(chosen[0], reference)
        # By whole voxels, as in results, which keeps the values.
        own, support = turn.apply(chosen[0], whole=True), turn.apply_support(chosen[1])
        target = turn.apply(chosen[0])
        everyone, agreeing = ObjectMoments(target), ObjectMoments(target)
        strain = StrainSpread.of(target, support, problem.geometry)
        centre = centre_of(reference)
        cuts = dict(_taken(outcomes, centre, everyone, agreeing, strain))
        mean, amplitude, phase = everyone.mean_and_deviations()
        agreed, agreed_amplitude, agreed_spread = agreeing.mean_and_deviations()
        shells = Shells.of(problem.geometry, problem.detector)
        kept = prtf(problem, mean, shells)
        truth = problem.truth
        return cls(
            best=own,
            support=support,
            seed=best,
            mean=mean,
            amplitude_spread=amplitude,
            phase_spread=phase,
            count=everyone.count,
            agreed=agreed,
            agreed_spread=agreed_spread,
            agreeing=agreeing.count,
            agreed_amplitude_spread=agreed_amplitude,
            strain_spread=None if strain is None else strain.deviation(),
            drift=drift(problem, agreed, support),
            prtf=kept,
            weight=shells.total(problem.predict(own), problem.trusted),
            correlation=None if truth is None else shell_correlation(target, truth, shells),
            resolved=resolution(kept, shells),
            centre=centre,
            cuts=cuts,
        )

    @property
    def phase_deviation(self) -> Tensor:
        """(*space) float64: the standard deviation of the phase of `agreed`, radians."""
        return phase_deviation(self.agreed, self.drift, self.agreeing)


def _taken(
    outcomes: Iterable[BatchOutcome],
    centre: tuple[int, ...],
    everyone: ObjectMoments,
    agreeing: ObjectMoments,
    strain: StrainSpread | None,
) -> Iterator[tuple[int, Cut]]:
    """Align every start that did not fail, add it to the sums, and yield its seed and its slices at `centre`."""
    for outcome in outcomes:
        members = zip(outcome.seeds, outcome.object, outcome.support, outcome.alive.tolist(), strict=True)
        for seed, object, support, alive in members:
            if not alive:
                continue
            found = align(object, everyone.target)
            moved = found.apply(object)
            everyone.add(moved)
            if found.correlation >= AGREES:
                agreeing.add(moved)
                if strain is not None:
                    strain.add(moved)
            yield seed, Cut.of(found.apply(object, whole=True), found.apply_support(support), centre)


class ObjectMoments:
    """The mean of aligned objects, and the standard deviations of their modulus and phase."""

    def __init__(self, target: Tensor) -> None:
        self.target = target
        self.object = torch.zeros_like(target, dtype=torch.complex128)
        self.modulus, self.angle = Moments(target.shape), Moments(target.shape)

    @property
    def count(self) -> int:
        """The number of objects added."""
        return self.modulus.count

    def add(self, object: Tensor) -> None:
        """Add one object (*space); its phase is relative to the target's."""
        self.object += object
        self.modulus.add(object.abs())
        self.angle.add((object * self.target.conj()).angle())

    def mean_and_deviations(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return the mean object, and the standard deviations of modulus and phase."""
        mean = (self.object / max(self.count, 1)).to(self.target.dtype)
        modulus, angle = (moments.deviation().to(mean.real.dtype) for moments in (self.modulus, self.angle))
        return mean, modulus, angle
