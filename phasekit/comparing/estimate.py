"""Estimate: a mean object with the standard deviations of its amplitude, phase, displacement and strain."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import torch
from torch import Tensor

from phasekit.analysis.strain_spread import StrainSpread, lattice_fields
from phasekit.analysis.uncertainty import coverage, judged
from phasekit.comparing.comparison import Comparison
from phasekit.comparing.ensemble import Ensemble, ObjectMoments
from phasekit.core.problem import Problem

TOGETHER = "all solvers together"

MEDIANS = ("amplitude_std", "phase_scatter", "phase_std", "displacement_std", "strain_std")
"""Fields whose medians are reported."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """The mean of one solver's agreeing starts, or of all solvers' means; fields are (*space)."""

    name: str
    count: int
    """Number of objects in the mean."""
    object: Tensor
    """(*space) complex: the mean."""
    support: Tensor
    """(*space) bool."""
    fields: Mapping[str, np.ndarray]
    """"phase_std" (radians); "amplitude_std" and "strain_std" if there are two or more objects, and for a solver
    "phase_scatter", the standard deviation of the phase over its starts; "displacement" and "displacement_std" (nm)
    and "strain" if the phase means displacement. Those of the lattice are NaN outside the support."""
    coverage: float | None
    """Fraction of the evaluated voxels whose true phase lies within "phase_std"; None if the truth is unknown."""

    @classmethod
    def of_solver(cls, name: str, ensemble: Ensemble, problem: Problem) -> Self:
        """Return that of a solver's agreeing starts; "phase_std" is from `phasekit.analysis.uncertainty`."""
        fields = {"phase_std": ensemble.phase_deviation.numpy()}
        if ensemble.agreeing > 1:
            fields["amplitude_std"] = ensemble.agreed_amplitude_spread.numpy()
            fields["phase_scatter"] = ensemble.agreed_spread.numpy()
        if ensemble.strain_spread is not None:
            fields["strain_std"] = ensemble.strain_spread
        return cls._made(name, ensemble.agreeing, ensemble.agreed, ensemble.support, fields, problem)

    @classmethod
    def across(cls, ensembles: Sequence[Ensemble], problem: Problem) -> Self:
        """Return mean and standard deviation over the solvers' means, in the voxels common to all supports."""
        support = torch.stack([ensemble.support for ensemble in ensembles]).all(dim=0)
        moments = ObjectMoments(ensembles[0].agreed)
        strain = StrainSpread.of(ensembles[0].agreed, support, problem.geometry)
        for ensemble in ensembles:
            moments.add(ensemble.agreed)
            if strain is not None:
                strain.add(ensemble.agreed)
        mean, amplitude, phase = moments.mean_and_deviations()
        fields = {"phase_std": phase.numpy(), "amplitude_std": amplitude.numpy()}
        if strain is not None and (deviation := strain.deviation()) is not None:
            fields["strain_std"] = deviation
        return cls._made(TOGETHER, len(ensembles), mean, support, fields, problem)

    @classmethod
    def _made(
        cls, name: str, count: int, object: Tensor, support: Tensor, fields: dict[str, np.ndarray], problem: Problem
    ) -> Self:
        lattice, h = lattice_fields(object, support, problem.geometry)
        if "displacement" in lattice:
            lattice["displacement_std"] = np.where(support.numpy(), fields["phase_std"] / h, np.nan)
        covered = None
        if problem.truth is not None:
            covered = coverage(object, torch.from_numpy(fields["phase_std"]), problem.truth, support)
        return cls(name, count, object, support, fields | lattice, covered)

    @property
    def key(self) -> str:
        """The key in JSON: the solver's name, or "together"."""
        return "together" if self.name == TOGETHER else self.name

    @cached_property
    def inside(self) -> np.ndarray:
        """(*space) bool: the voxels inside the object's surface, see `phasekit.analysis.uncertainty.judged`."""
        found: np.ndarray = judged(self.object, self.support).numpy()
        return found

    def medians(self) -> dict[str, float | None]:
        """Return the median standard deviations inside the surface; None for those unknown.

        That of the amplitude is relative to the median amplitude there.
        """
        medians = {name: self._median(name) for name in MEDIANS}
        if medians["amplitude_std"] is not None:
            medians["amplitude_std"] /= float(np.median(self.object.abs().numpy()[self.inside]))
        return medians

    def _median(self, name: str) -> float | None:
        values = self.fields[name][self.inside] if name in self.fields else np.zeros(0)
        values = values[np.isfinite(values)]
        return float(np.median(values)) if values.size else None

    def facts(self) -> dict[str, float | int | None]:
        """Return the medians, the number of objects and the coverage, as JSON takes them."""
        finite = self.coverage is not None and math.isfinite(self.coverage)
        return {"objects": self.count, **self.medians(), "coverage": self.coverage if finite else None}


def estimates(comparison: Comparison, problem: str) -> list[Estimate]:
    """Return the estimates of every solver on a problem, best first, and of all together if there are two or more."""
    measured = comparison.contest.problems[problem]
    ensembles = {e.solver: e.ensemble for e in comparison.entries if e.problem == problem and e.ensemble is not None}
    ranked = [Estimate.of_solver(s, ensembles[s], measured) for s in comparison.ranking(problem) if s in ensembles]
    if len(ensembles) > 1:
        ranked.append(Estimate.across([ensembles[estimate.name] for estimate in ranked], measured))
    return ranked
