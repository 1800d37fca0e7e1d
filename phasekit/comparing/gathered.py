"""Gathered: the outcomes of the units of one solver on one problem."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from phasekit.comparing.ensemble import Ensemble
from phasekit.core.result import BatchOutcome
from phasekit.solving.batches import Plan


@dataclass(frozen=True)
class Gathered:
    """The outcomes and failures of the units of one pair."""

    plan: Plan | None
    outcome: Callable[[int], BatchOutcome]
    """Number of a finished unit -> its outcome; read again whenever needed, to save memory."""
    failures: Mapping[int | None, str] = field(default_factory=dict)
    """Number of a unit -> why it failed; None stands for the choice of the batches, ENSEMBLE for the ensemble."""
    ensemble: Ensemble | None = None
    """The ensemble of its starts, if a unit has already computed it."""

    def __iter__(self) -> Iterator[BatchOutcome]:
        """Read every finished unit, again at each iteration."""
        for number in range(len(self.plan.batches) if self.plan else 0):
            if number not in self.failures:
                yield self.outcome(number)
