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
"""Fields whose medians are told."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """What one solver's agreeing starts say together, or all solvers' means; fields are (*space)."""

    name: str
    count: int
    """Objects in the mean."""
    object: Tensor
    """(*space) complex: the mean."""
    support: Tensor
    """(*space) bool."""
    fields: Mapping[str, np.ndarray]
    """"phase_std" (radians); "amplitude_std" and "strain_std" where there are two or more objects, and for a solver
    "phase_scatter", the standard deviation of the phase over its starts; "displacement" and "displacement_std" (nm)
    and "strain" where phase means displacement. Those of the lattice are NaN outside the support."""
    coverage: float | None
    """Part of the judged voxels whose true phase lies within "phase_std"; None where the truth is not known."""

    @classmethod
    def of_solver(cls, name: str, ensemble: Ensemble, problem: Problem) -> Self:
        """Tell what a solver's agreeing starts say; their phase's deviation is `phasekit.analysis.uncertainty`'s."""
        fields = {"phase_std": ensemble.phase_deviation.numpy()}
        if ensemble.agreeing > 1:
            fields["amplitude_std"] = ensemble.agreed_amplitude_spread.numpy()
            fields["phase_scatter"] = ensemble.agreed_spread.numpy()
        if ensemble.strain_spread is not None:
            fields["strain_std"] = ensemble.strain_spread
        return cls._made(name, ensemble.agreeing, ensemble.agreed, ensemble.support, fields, problem)

    @classmethod
    def across(cls, ensembles: Sequence[Ensemble], problem: Problem) -> Self:
        """Tell mean and standard deviation over the solvers' means, in the voxels that all supports share."""
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
        """What it is called in JSON: the solver's name, or "together"."""
        return "together" if self.name == TOGETHER else self.name

    @cached_property
    def inside(self) -> np.ndarray:
        """(*space) bool: the voxels inside the object's surface, see `phasekit.analysis.uncertainty.judged`."""
        found: np.ndarray = judged(self.object, self.support).numpy()
        return found

    def medians(self) -> dict[str, float | None]:
        """Return the median standard deviations inside the surface; None for what is not known.

        That of the amplitude is a part of the median amplitude there.
        """
        told = {name: self._median(name) for name in MEDIANS}
        if told["amplitude_std"] is not None:
            told["amplitude_std"] /= float(np.median(self.object.abs().numpy()[self.inside]))
        return told

    def _median(self, name: str) -> float | None:
        values = self.fields[name][self.inside] if name in self.fields else np.zeros(0)
        values = values[np.isfinite(values)]
        return float(np.median(values)) if values.size else None

    def facts(self) -> dict[str, float | int | None]:
        """Return the medians, the number of objects and the coverage, as JSON takes them."""
        known = self.coverage is not None and math.isfinite(self.coverage)
        return {"objects": self.count, **self.medians(), "coverage": self.coverage if known else None}


def estimates(comparison: Comparison, problem: str) -> list[Estimate]:
    """Return what every solver says of a problem, best first, and what all together say where two or more do."""
    measured = comparison.contest.problems[problem]
    found = {e.solver: e.ensemble for e in comparison.entries if e.problem == problem and e.ensemble is not None}
    told = [Estimate.of_solver(s, found[s], measured) for s in comparison.ranking(problem) if s in found]
    if len(found) > 1:
        told.append(Estimate.across([found[one.name] for one in told], measured))
    return told
