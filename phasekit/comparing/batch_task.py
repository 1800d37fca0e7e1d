"""Unit: a piece of work of a comparison, such as a batch of starts of one solver on one problem."""

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
    """A piece of work of a comparison."""

    pair: int
    number: int | None = None
    """Which batch; None for the choice of the pair's batches, ENSEMBLE for the ensemble of its starts."""

    def __str__(self) -> str:
        return {None: "its batches", ENSEMBLE: "its starts together"}.get(self.number, f"batch {self.number}")


@dataclass(frozen=True)
class Settled:
    """A unit that has ended, successfully or not; passed to an `Observer` of a comparison."""

    pair: Pair
    number: int | None
    """As in `Unit`."""
    reason: str | None
    """Why it failed; None if it did not."""


def run_unit(
    contest: Contest,
    pair: Pair,
    plan: Plan,
    number: int,
    checkpoints: Checkpoints | None = None,
    observer: Observer | None = None,
) -> BatchOutcome:
    """Run one batch; raises RunError for a wrong result of a solver, and whatever the solver raises."""
    job, seeds = contest.job(pair), plan.batches[number]
    checkpoints = checkpoints or Checkpoints()
    outcome = checkpoints.outcome(number)
    if outcome is None:
        with within_memory(len(seeds), job.problem.device):
            checked(job, seeds)
            outcome = run_batch(job, plan, number, checkpoints, observer or Observer(), budget=contest.budget)
    return outcome


def checked(job: Job, seeds: Sequence[int]) -> None:
    """Run one step and drop it, so that initialisation is not timed.

    Raises RunError if the estimate has the wrong shape.
    """
    state = next(iter(job.solver.run(job.problem, job.begin(seeds), every=1)), None)
    synchronize(job.problem.device)
    if state is None:
        return
    wanted = (len(seeds), *job.problem.space)
    shape = tuple(job.solver.estimate(job.problem, state).shape)
    if shape != wanted:
        raise RunError(f"its estimate has shape {shape}, but {wanted} is needed")
