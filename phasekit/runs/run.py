"""run(): a recipe -> a run folder, whatever its task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from phasekit.comparing.comparison import Comparison
from phasekit.comparing.task import CompareTask
from phasekit.core.observer import Observer, checked_observer
from phasekit.core.result import Result
from phasekit.recipes.loaded import LoadedRecipe
from phasekit.recipes.loader import load
from phasekit.runs.comparison_folder import ComparisonFolder
from phasekit.runs.comparison_run import compare_loaded
from phasekit.runs.folder import RunFolder
from phasekit.runs.solve_run import solve_loaded
from phasekit.runs.training_run import train_loaded
from phasekit.training.task import TrainTask
from phasekit.training.train import Trained


def run(
    recipe: Path | str | Mapping[str, Any],
    *,
    sets: Sequence[str] = (),
    out: Path | str | None = None,
    resume: bool = False,
    force: bool = False,
    observer: Observer | None = None,
) -> Result | Trained | Comparison:
    """Run a recipe and write a run folder; the same as `phasekit run`.

    `recipe` is a YAML file or a mapping with the same keys; `sets` are changes such as "solver.0.beta=0.8"; `out` is
    the folder. A finished run is read back; `resume` continues an unfinished one; `force` starts again. Returns the
    result of the recipe's `task`: a Result, a Comparison or a Trained.

    Raises InputError (with file and line, if known) before anything is written, RunError after.
    """
    observer = checked_observer(observer)
    loaded = load(recipe, sets)
    return run_loaded(loaded, folder_of(loaded, out).path, resume=resume, force=force, observer=observer)


def run_loaded(
    loaded: LoadedRecipe, path: Path, *, resume: bool = False, force: bool = False, observer: Observer | None = None
) -> Result | Trained | Comparison:
    """Run a recipe that has been read, in the folder `path`; see `run`."""
    if isinstance(loaded.recipe, TrainTask):
        return train_loaded(loaded, RunFolder(path), resume=resume, force=force, observer=observer)
    if isinstance(loaded.recipe, CompareTask):
        return compare_loaded(loaded, ComparisonFolder(path), resume=resume, force=force, observer=observer)
    return solve_loaded(loaded, RunFolder(path), resume=resume, force=force, observer=observer)


def folder_of(loaded: LoadedRecipe, out: Path | str | None = None) -> RunFolder:
    """Return the run folder: `out`, else the recipe's, else runs/NAME in the current folder."""
    return RunFolder(Path(out or loaded.recipe.out or Path("runs") / loaded.name))
