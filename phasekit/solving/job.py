"""Job, Progress, Checkpoints: what is fixed before the first step, how far a batch has come, and what keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from phasekit.core.loss import Loss
from phasekit.core.problem import Problem
from phasekit.core.result import Outcome, Row
from phasekit.core.solver import Solver
from phasekit.core.state import State
from phasekit.solving.batches import Plan, make_plan
from phasekit.solving.evaluation import labels


@dataclass(frozen=True, eq=False)
class Job:
    """All that is fixed before the first step: what is solved, from which starts, how it is judged."""

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
        """Return what the metrics are called."""
        return labels(self.metrics)

    def plan(self) -> Plan:
        """Choose the batches; see `make_plan`."""
        return make_plan(self.problem, self.solver, self.begin, self.seeds, self.batch)


@dataclass(frozen=True, eq=False)
class Progress:
    """How far one batch has come."""

    batch: int
    state: State
    rows: tuple[Row, ...] = ()
    seconds: float = 0.0
    """Seconds that the solver has run on this batch, measurements excluded."""


class Checkpoints:
    """What keeps the state of a run, so that it can go on after a kill; this one keeps nothing."""

    def planned(self, job: Job, plan: Plan) -> None:
        """Learn what is going to run."""

    def outcome(self, batch: int) -> Outcome | None:
        """Return what an earlier run made of this batch."""
        return None

    def progress(self, batch: int) -> Progress | None:
        """Return where an earlier run of this batch was cut off."""
        return None

    def moved(self, progress: Progress) -> None:
        """Keep a state, if it is time for that; it is never written to again."""

    def stopped(self, progress: Progress) -> None:
        """Keep the last state of a run that is being interrupted."""

    def finished(self, batch: int, outcome: Outcome) -> None:
        """Keep what a finished batch leaves."""
