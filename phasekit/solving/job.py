"""Job, Progress, Checkpoints: what is fixed before the first step, the progress of a batch, and its storage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from phasekit.core.chain import Chain
from phasekit.core.loss import Loss
from phasekit.core.problem import Problem
from phasekit.core.result import BatchOutcome, MetricsRow
from phasekit.core.solver import Solver
from phasekit.core.state import State
from phasekit.solving.batches import Plan, make_plan
from phasekit.solving.evaluation import labels, measure


@dataclass(frozen=True, eq=False)
class Job:
    """Everything fixed before the first step: problem, solver, starts and metrics."""

    problem: Problem
    solver: Solver
    start: Solver
    seeds: tuple[int, ...]
    metrics: tuple[Loss, ...]
    rank: str
    batch: int | None = None

    def begin(self, seeds: Sequence[int]) -> State:
        """Return the state that the solver starts from for these seeds."""
        shape = (len(seeds), *self.problem.space)
        empty = State(
            object=torch.zeros(shape, dtype=self.problem.complex_dtype, device=self.problem.device),
            support=self.problem.support.expand(shape).clone(),
            seeds=tuple(seeds),
            place=(-1,),
        )
        *_, state = empty, *self.start.run(self.problem, empty, every=1_000_000)
        return state.handover(span=(0, 1), place=())

    def labels(self) -> tuple[str, ...]:
        """Return the names of the metrics."""
        return labels(self.metrics)

    def plan(self) -> Plan:
        """Choose the batches; see `make_plan`."""
        return make_plan(self.problem, self.solver, self.begin, self.seeds, self.batch, self.look)

    def look(self, state: State) -> Mapping[str, Tensor]:
        """Return metric -> (batch,) for the object of a state, whatever its solver makes of it: to time a look."""
        return measure(self.problem, Chain(), state, self.metrics)


@dataclass(frozen=True, eq=False)
class Progress:
    """The progress of one batch."""

    batch: int
    state: State
    rows: tuple[MetricsRow, ...] = ()
    seconds: float = 0.0
    """Seconds that the solver has run on this batch, measurements excluded."""


class Checkpoints:
    """Stores the state of a run, so that it can resume after a kill; this one stores nothing."""

    def planned(self, job: Job, plan: Plan) -> None:
        """Called with the plan before the run."""

    def outcome(self, batch: int) -> BatchOutcome | None:
        """Return the outcome of this batch from an earlier run."""
        return None

    def progress(self, batch: int) -> Progress | None:
        """Return the last state of this batch from an interrupted run."""
        return None

    def moved(self, progress: Progress) -> None:
        """Store a state, if it is time; it never changes again."""

    def stopped(self, progress: Progress) -> None:
        """Store the last state of an interrupted run."""

    def finished(self, batch: int, outcome: BatchOutcome) -> None:
        """Store the outcome of a finished batch."""
