"""The run folder of a comparison: a folder for every solver on every problem, in which its finished starts stay."""

from __future__ import annotations

from phasekit.contest import Pair
from phasekit.folder import RunFolder
from phasekit.unit import PairFolder


class ComparisonFolder(RunFolder):
    """recipe.yaml, resolved.yaml, run.json, run.log, units/PROBLEM/SOLVER/, results."""

    def pair(self, pair: Pair) -> PairFolder:
        """Return the folder of one solver on one problem, made where it is not there."""
        return PairFolder(self.path / "units" / pair.folder)
