"""Unit: a batch of starts of one solver on one problem, the piece of a comparison that is done or not done."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from phasekit import storage
from phasekit.batches import Plan, synchronize, within_memory
from phasekit.contest import Contest, Pair
from phasekit.errors import RunError
from phasekit.folder import RunFolder
from phasekit.job import Job, Watch
from phasekit.recorder import Recorder
from phasekit.result import Outcome
from phasekit.running import run_batch


@dataclass(frozen=True)
class Unit:
    """Which batch of which pair; without a number the choice of the pair's batches."""

    pair: int
    number: int | None = None


class PairFolder(RunFolder):
    """What is kept of one solver on one problem: plan.json, run.log, batches/, and what failed."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        (path / "batches").mkdir(parents=True, exist_ok=True)

    def plan(self) -> Plan | None:
        """Return how the seeds are split, once that is known."""
        path = self.path / "plan.json"
        if not path.is_file():
            return None
        known = json.loads(path.read_text(encoding="utf-8"))
        return Plan(**{**known, "batches": tuple(tuple(batch) for batch in known["batches"])})

    def keep_plan(self, plan: Plan) -> None:
        """Write down how the seeds are split: a run that goes on has to split them the same."""
        storage.write_text(self.path / "plan.json", json.dumps(vars(plan)))

    def outcome_file(self, number: int) -> Path:
        """Return where a finished batch lies."""
        return self.path / "batches" / f"{number:04d}-done.h5"

    def failure_file(self, number: int | None) -> Path:
        """Return where it is told why a batch, or the choice of batches, failed."""
        return self.path / ("plan-failed.txt" if number is None else f"batches/{number:04d}-failed.txt")

    def failure(self, number: int | None) -> str | None:
        """Return why a batch failed; None if it did not."""
        path = self.failure_file(number)
        return path.read_text(encoding="utf-8") if path.is_file() else None

    def settled(self, number: int | None) -> bool:
        """Tell whether nothing is left to do."""
        if self.failure(number) is not None:
            return True
        return self.plan() is not None if number is None else self.outcome_file(number).is_file()


def plan_pair(contest: Contest, pair: Pair, folder: PairFolder | None = None) -> Plan:
    """Choose the batches of a pair, or read the choice; raises what the solver raises."""
    known = folder.plan() if folder else None
    if known is not None:
        return known
    plan = contest.plan(pair)
    if folder is not None:
        folder.keep_plan(plan)
    return plan


def run_unit(contest: Contest, pair: Pair, plan: Plan, number: int, watch: Watch | None = None) -> Outcome:
    """Run one batch; raises RunError for what a solver must not do, and whatever else it raises."""
    job, seeds = contest.job(pair), plan.batches[number]
    watch = watch or Watch()
    outcome = watch.finished_before(number)
    if outcome is None:
        with within_memory(len(seeds), job.problem.device):
            checked(job, seeds)
            outcome = run_batch(job, plan, number, seeds, watch, contest.budget)
        watch.finished(number, outcome)
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


def recorder(folder: PairFolder, job: Job, then: Watch | None = None) -> Recorder:
    """Return the watch that keeps a unit's checkpoints and its outcome in the folder of its pair."""
    made = Recorder(folder, then)
    made.learn(job)
    return made
