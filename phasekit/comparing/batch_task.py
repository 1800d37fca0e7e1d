"""Unit: a piece of a comparison that is done or not done: a batch of starts of one solver on one problem, say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from phasekit.comparing.setup import ENSEMBLE, Contest, Pair
from phasekit.core.observer import Observer
from phasekit.core.result import BatchOutcome
from phasekit.runtime.device import synchronize
from phasekit.runtime.errors import RunError
from phasekit.solving.batches import Plan, within_memory
from phasekit.solving.job import Checkpoints, Job
from phasekit.solving.running import run_batch


@dataclass(frozen=True)
class Unit:
    """A piece of a comparison that is done or not done."""

    pair: int
    number: int | None = None
    """Which batch; None for the choice of the pair's batches, ENSEMBLE for what its starts say together."""

    def __str__(self) -> str:
        return {None: "its batches", ENSEMBLE: "its starts together"}.get(self.number, f"batch {self.number}")


@dataclass(frozen=True)
class Settled:
    """A unit that has ended, well or for a reason; what an `Observer` of a comparison sees."""

    pair: Pair
    number: int | None
    """As in `Unit`."""
    reason: str | None
    """Why it failed."""


def run_unit(
    contest: Contest,
    pair: Pair,
    plan: Plan,
    number: int,
    checkpoints: Checkpoints | None = None,
    observer: Observer | None = None,
) -> BatchOutcome:
    """Run one batch; raises RunError for what a solver must not do, and whatever else it raises."""
    job, seeds = contest.job(pair), plan.batches[number]
    checkpoints = checkpoints or Checkpoints()
    outcome = checkpoints.outcome(number)
    if outcome is None:
        with within_memory(len(seeds), job.problem.device):
            checked(job, seeds)
            outcome = run_batch(job, plan, number, checkpoints, observer or Observer(), budget=contest.budget)
    return outcome


def checked(job: Job, seeds: Sequence[int]) -> None:
    """Make a step and drop it, so that what happens the first time only is not on the clock.

    Raises RunError where the solver does not give what one has to give.
    """
    state = next(iter(job.solver.run(job.problem, job.begin(seeds), every=1)), None)
    synchronize(job.problem.device)
    if state is None:
        return
    wanted = (len(seeds), *job.problem.space)
    shape = tuple(job.solver.estimate(job.problem, state).shape)
    if shape != wanted:
        raise RunError(f"its estimate has shape {shape} and {wanted} is needed")
