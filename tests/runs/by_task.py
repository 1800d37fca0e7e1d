"""run() for recipes of one task, whose kind of outcome is known."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from phasekit import Comparison, Result, Trained, run


def run_solve(recipe: Path | Mapping[str, Any], **options: Any) -> Result:
    found = run(recipe, **options)
    assert isinstance(found, Result)
    return found


def run_compare(recipe: Path | Mapping[str, Any], **options: Any) -> Comparison:
    found = run(recipe, **options)
    assert isinstance(found, Comparison)
    return found


def run_train(recipe: Path | Mapping[str, Any], **options: Any) -> Trained:
    found = run(recipe, **options)
    assert isinstance(found, Trained)
    return found
