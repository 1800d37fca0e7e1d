"""What two comparisons left in their folders, bit by bit."""

from __future__ import annotations

from pathlib import Path

import torch

from phasekit.recipes.loader import load
from phasekit.runs.comparison_folder import ComparisonFolder
from phasekit.runs.prepare import prepare_contest_of


def objects(recipe: Path, out: Path) -> list[torch.Tensor]:
    """Return the objects of all finished units, in order."""
    contest = prepare_contest_of(load(recipe))
    return [o.object for found in ComparisonFolder(out).gathered(contest).values() for o in found]


def same(recipe: Path, out: Path, alone: Path) -> bool:
    """Tell whether a comparison of six units left the bits of the one in `alone`."""
    ours, theirs = objects(recipe, out), objects(alone / "recipe.yaml", alone / "out")
    return len(ours) == len(theirs) == 6 and all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
