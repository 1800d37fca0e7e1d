"""The run folder of a comparison: a folder for every solver on every problem, in which its finished starts stay."""

from __future__ import annotations

import json
from pathlib import Path

from phasekit.comparing.setup import Contest, Pair
from phasekit.runs.folder import RunFolder
from phasekit.runs.recorder import Recorder
from phasekit.runtime import storage
from phasekit.solving.batches import Plan
from phasekit.solving.job import Job


class ComparisonFolder(RunFolder):
    """recipe.yaml, resolved.yaml, run.json, run.log, units/PROBLEM/SOLVER/, results."""

    def pair(self, pair: Pair) -> PairFolder:
        """Return the folder of one solver on one problem, made where it is not there."""
        return PairFolder(self.path / "units" / pair.folder)


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

    def planned(self, contest: Contest, pair: Pair) -> Plan:
        """Return how the seeds of a pair are split: chosen the first time, then read; raises what a solver raises."""
        plan = self.plan()
        if plan is None:
            plan = contest.plan(pair)
            self.keep_plan(plan)
        return plan

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


def recorder(folder: PairFolder, job: Job) -> Recorder:
    """Return what keeps a unit's checkpoints and its outcome in the folder of its pair."""
    made = Recorder(folder)
    made.learn(job)
    return made
