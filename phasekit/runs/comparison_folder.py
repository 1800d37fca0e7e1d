"""The run folder of a comparison, with a folder for the finished starts of every solver on every problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor

from phasekit.comparing.ensemble import Ensemble
from phasekit.comparing.gathered import Gathered
from phasekit.comparing.middle_slices import Cut
from phasekit.comparing.setup import ENSEMBLE, Contest, Pair
from phasekit.core.result import OUTCOME_TYPES, BatchOutcome
from phasekit.runs.folder import RunFolder
from phasekit.runs.recorder import Recorder
from phasekit.runtime import storage
from phasekit.runtime.json_text import json_text, read_json
from phasekit.solving.batches import Plan
from phasekit.solving.job import Job


class ComparisonFolder(RunFolder):
    """recipe.yaml, resolved.yaml, run.json, run.log, units/PROBLEM/SOLVER/, results."""

    def pair(self, pair: Pair) -> PairFolder:
        """Return the folder of one solver on one problem; it is made if absent."""
        return PairFolder(self.path / "units" / pair.folder)

    def gathered(self, contest: Contest, problem: str | None = None) -> dict[Pair, Gathered]:
        """Return the stored units of every pair, or of those on one problem."""
        pairs = [pair for pair in contest.pairs() if problem in (None, pair.problem)]
        return {pair: self.pair(pair).gathered() for pair in pairs}


@dataclass(frozen=True, eq=False)
class Kept:
    """The contents of ensemble.h5."""

    ensemble: Ensemble | None
    cuts: Mapping[str, Cut] = field(default_factory=dict)
    strain_spread: Tensor | None = None


ENSEMBLE_TYPES: Mapping[str, type] = {"Kept": Kept, "Ensemble": Ensemble, "Portrait": Ensemble, "Cut": Cut}
"""The classes in ensemble.h5: name in the file -> class; "Portrait" is the earlier name of Ensemble."""


class PairFolder(RunFolder):
    """The folder of one solver on one problem: plan.json, run.log, batches/, and reasons of failures."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        (path / "batches").mkdir(parents=True, exist_ok=True)

    def plan(self) -> Plan | None:
        """Return how the seeds are split into batches; None if not yet chosen."""
        path = self.path / "plan.json"
        if not path.is_file():
            return None
        plan = read_json(path)
        plan.pop("schema", None)
        return Plan(**{**plan, "batches": tuple(tuple(batch) for batch in plan["batches"])})

    def keep_plan(self, plan: Plan) -> None:
        """Store how the seeds are split: a resumed run must split them the same way."""
        storage.write_text(self.path / "plan.json", json_text(vars(plan)))

    def planned(self, contest: Contest, pair: Pair) -> Plan:
        """Return how the seeds of a pair are split; chosen the first time, then read. Raises what a solver raises."""
        plan = self.plan()
        if plan is None:
            plan = contest.plan(pair)
            self.keep_plan(plan)
        return plan

    def failure_file(self, number: int | None) -> Path:
        """Return the file with the reason why a batch, the choice of batches, or the ensemble failed."""
        if number is None:
            return self.path / "plan-failed.txt"
        return self.path / ("ensemble-failed.txt" if number == ENSEMBLE else f"batches/{number:04d}-failed.txt")

    def failure(self, number: int | None) -> str | None:
        """Return why a batch failed; None if it did not."""
        path = self.failure_file(number)
        return path.read_text(encoding="utf-8") if path.is_file() else None

    def settled(self, number: int | None) -> bool:
        """Return whether a unit has ended."""
        if self.failure(number) is not None:
            return True
        return self.plan() is not None if number is None else self.left_file(number).is_file()

    def left_file(self, number: int | None) -> Path:
        """Return the file that a successful unit writes."""
        if number is None:
            return self.path / "plan.json"
        return self.path / ("ensemble.h5" if number == ENSEMBLE else f"batches/{number:04d}-done.h5")

    def keep_ensemble(self, ensemble: Ensemble | None) -> None:
        """Store the ensemble of the starts of the pair; None if all failed."""
        if ensemble is None:
            storage.save(self.left_file(ENSEMBLE), Kept(None))
            return
        strain = None if ensemble.strain_spread is None else torch.from_numpy(ensemble.strain_spread)
        cuts = {str(seed): cut for seed, cut in ensemble.cuts.items()}
        storage.save(self.left_file(ENSEMBLE), Kept(replace(ensemble, strain_spread=None, cuts={}), cuts, strain))

    def ensemble(self) -> Ensemble | None:
        """Return the ensemble of the starts of the pair; None if not yet computed or if all failed."""
        if not self.left_file(ENSEMBLE).is_file():
            return None
        found: Kept = storage.restore(self.left_file(ENSEMBLE), ENSEMBLE_TYPES)
        if found.ensemble is None:
            return None
        cuts = {int(seed): cut for seed, cut in found.cuts.items()}
        strain = None if found.strain_spread is None else found.strain_spread.numpy()
        return replace(found.ensemble, cuts=cuts, strain_spread=strain)

    def gathered(self) -> Gathered:
        """Return the outcomes and failures of the units of the pair."""
        plan = self.plan()
        numbers = [None, ENSEMBLE, *range(len(plan.batches) if plan else 0)]
        failures = {number: reason for number in numbers if (reason := self.failure(number)) is not None}

        def outcome(number: int) -> BatchOutcome:
            found: BatchOutcome = storage.restore(self.left_file(number), OUTCOME_TYPES)
            return found

        return Gathered(plan, outcome, failures, self.ensemble())


def recorder(folder: PairFolder, job: Job) -> Recorder:
    """Return the recorder of a unit's checkpoints and outcome in the folder of its pair."""
    made = Recorder(folder)
    made.learn(job)
    return made
