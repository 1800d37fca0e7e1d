"""Result: the outcome of a run for every seed, and its limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from phasekit.core.problem import Problem
from phasekit.core.state import GAVE_UP

NUISANCE_UNITS = {"coherence": "voxels", "background": "photons", "centre": "voxels"}
"""Units of the model's quantities besides the object; see `phasekit.numerics.detector_model.NAMES`."""


@dataclass(frozen=True)
class MetricsRow:
    """One measurement of one seed during the run, with the clock stopped."""

    seed: int
    step: int
    """Steps done by the solver."""
    seconds: float
    """Seconds that the solver had run on this seed's batch, divided by the batch's size."""
    metrics: Mapping[str, float]
    """Metric -> value; lower is better."""


@dataclass(frozen=True, eq=False)
class BatchOutcome:
    """The outcome of one finished batch, on the CPU."""

    seeds: tuple[int, ...]
    object: Tensor
    support: Tensor
    alive: Tensor
    final: Mapping[str, Tensor]
    rows: tuple[MetricsRow, ...]
    seconds: float
    diagnostics: Mapping[str, Tensor] = field(default_factory=dict)
    nuisance: Mapping[str, Tensor] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    """Why each start failed, "" if it did not; () in files of version 0.1."""

    def reason(self, member: int) -> str | None:
        """Return why a start failed; None if it did not."""
        if bool(self.alive[member]):
            return None
        return (self.reasons[member] if self.reasons else "") or GAVE_UP


OUTCOME_TYPES: Mapping[str, type] = {
    **{kind.__name__: kind for kind in (BatchOutcome, MetricsRow)},
    "Outcome": BatchOutcome,
    "Row": MetricsRow,
}
"""The classes in the files of outcomes: name in the file -> class; files of version 0.1 have the last two names."""


@dataclass(frozen=True, eq=False)
class Result:
    """Objects for all seeds, best first, and their history.

    Everything with a leading seed axis is in ranked order; failed seeds come last.
    """

    problem: Problem
    object: Tensor
    """(seeds, *space) complex: the estimates, each aligned with the best one (translation, twin, phase)."""
    support: Tensor
    """(seeds, *space) bool, moved along with the objects."""
    seeds: tuple[int, ...]
    final: Mapping[str, Tensor]
    """Metric -> (seeds,) float64 at the end; NaN for seeds that failed."""
    rank: str
    """The metric that ranks."""
    mean: Tensor
    """(*space) complex: the mean of the objects that agree with the best, itself included."""
    agreeing: tuple[int, ...]
    """The seeds in the mean."""
    agreement: Tensor
    """(seeds,) float64: correlation of each object with the best, 1 for itself."""
    failed: tuple[int, ...] = ()
    """Seeds that failed."""
    reasons: Mapping[int, str] = field(default_factory=dict)
    """Failed seed -> reason: its support vanished or fills the array, its object is not a number, …"""
    history: tuple[MetricsRow, ...] = ()
    diagnostics: Mapping[str, Tensor] = field(default_factory=dict)
    """The solver's diagnostics: name -> (seeds, …)."""
    nuisance: Mapping[str, Tensor] = field(default_factory=dict)
    """The model's quantities besides the object: name -> (seeds, …), see `phasekit.numerics.detector_model.NAMES`.
    Aligning an object with the best one, its twin included, does not change them."""
    status: str = "done"
    """"done" or "interrupted"."""
    seconds: float = 0.0
    """Seconds that the solver ran, without measurements."""
    references: Mapping[str, float] = field(default_factory=dict)
    """Reference figures for the metrics, such as "object-error of the true shape with flat phase"."""

    volume: Any = None
    """Displacement and strain on an orthogonal grid, a `phasekit.Volume`, if `volume` was requested in Python."""

    @property
    def best(self) -> Tensor:
        """The object ranked first, (*space) complex."""
        return self.object[0]

    def predicted(self, rank: int = 0) -> Tensor:
        """Return the predicted amplitude (*detector) of the object ranked `rank`, with the nuisance of its seed."""
        own = {name: torch.nan_to_num(values[rank]) for name, values in self.nuisance.items()}
        with torch.no_grad():
            return self.problem.predict(torch.nan_to_num(self.object[rank]), own)
