"""The run folder of a comparison: a folder for every solver on every problem, in which its finished starts stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor

from phasekit.comparing.assemble import Gathered
from phasekit.comparing.ensemble import Ensemble
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
        """Return the folder of one solver on one problem, made where it is not there."""
        return PairFolder(self.path / "units" / pair.folder)

    def gathered(self, contest: Contest, problem: str | None = None) -> dict[Pair, Gathered]:
        """Return what lies here for every pair, or for those on one problem."""
        pairs = [pair for pair in contest.pairs() if problem in (None, pair.problem)]
        return {pair: self.pair(pair).gathered() for pair in pairs}


@dataclass(frozen=True, eq=False)
class Kept:
    """What ensemble.h5 holds."""

    ensemble: Ensemble | None
    cuts: Mapping[str, Cut] = field(default_factory=dict)
    strain_spread: Tensor | None = None


ENSEMBLE_TYPES: Mapping[str, type] = {"Kept": Kept, "Ensemble": Ensemble, "Portrait": Ensemble, "Cut": Cut}
"""The classes in ensemble.h5: name in the file -> class; "Portrait" is the earlier name of Ensemble."""


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
        plan = read_json(path)
        plan.pop("schema", None)
        return Plan(**{**plan, "batches": tuple(tuple(batch) for batch in plan["batches"])})

    def keep_plan(self, plan: Plan) -> None:
        """Write down how the seeds are split: a run that goes on has to split them the same."""
        storage.write_text(self.path / "plan.json", json_text(vars(plan)))

    def planned(self, contest: Contest, pair: Pair) -> Plan:
        """Return how the seeds of a pair are split: chosen the first time, then read; raises what a solver raises."""
        plan = self.plan()
        if plan is None:
            plan = contest.plan(pair)
            self.keep_plan(plan)
        return plan

    def failure_file(self, number: int | None) -> Path:
        """Return where it is told why a batch, or the choice of batches, failed."""
        if number is None:
            return self.path / "plan-failed.txt"
        return self.path / ("ensemble-failed.txt" if number == ENSEMBLE else f"batches/{number:04d}-failed.txt")

    def failure(self, number: int | None) -> str | None:
        """Return why a batch failed; None if it did not."""
        path = self.failure_file(number)
        return path.read_text(encoding="utf-8") if path.is_file() else None

    def settled(self, number: int | None) -> bool:
        """Tell whether nothing is left to do."""
        if self.failure(number) is not None:
            return True
        return self.plan() is not None if number is None else self.left_file(number).is_file()

    def left_file(self, number: int | None) -> Path:
        """Return the file that a unit leaves when it ends well."""
        if number is None:
            return self.path / "plan.json"
        return self.path / ("ensemble.h5" if number == ENSEMBLE else f"batches/{number:04d}-done.h5")

    def keep_ensemble(self, ensemble: Ensemble | None) -> None:
        """Write down what the starts of the pair say together; None where all failed."""
        if ensemble is None:
            storage.save(self.left_file(ENSEMBLE), Kept(None))
            return
        strain = None if ensemble.strain_spread is None else torch.from_numpy(ensemble.strain_spread)
        cuts = {str(seed): cut for seed, cut in ensemble.cuts.items()}
        storage.save(self.left_file(ENSEMBLE), Kept(replace(ensemble, strain_spread=None, cuts={}), cuts, strain))

    def ensemble(self) -> Ensemble | None:
        """Return what the starts of the pair say together, where that is known and not all failed."""
        if not self.left_file(ENSEMBLE).is_file():
            return None
        found: Kept = storage.restore(self.left_file(ENSEMBLE), ENSEMBLE_TYPES)
        if found.ensemble is None:
            return None
        cuts = {int(seed): cut for seed, cut in found.cuts.items()}
        strain = None if found.strain_spread is None else found.strain_spread.numpy()
        return replace(found.ensemble, cuts=cuts, strain_spread=strain)

    def gathered(self) -> Gathered:
        """Return what became of the units of the pair."""
        plan = self.plan()
        numbers = [None, ENSEMBLE, *range(len(plan.batches) if plan else 0)]
        failures = {number: reason for number in numbers if (reason := self.failure(number)) is not None}

        def outcome(number: int) -> BatchOutcome:
            found: BatchOutcome = storage.restore(self.left_file(number), OUTCOME_TYPES)
            return found

        return Gathered(plan, outcome, failures, self.ensemble())


def recorder(folder: PairFolder, job: Job) -> Recorder:
    """Return what keeps a unit's checkpoints and its outcome in the folder of its pair."""
    made = Recorder(folder)
    made.learn(job)
    return made
