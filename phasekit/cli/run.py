"""`phasekit run`: run a recipe."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from phasekit.cli.console import Device, RecipeFile, Seeds, Sets, err, load_recipe, out

if TYPE_CHECKING:
    from phasekit.cli.progress_bars import ProgressBars

Show = Callable[[Any, Path, str], None]
"""Prints the results of a run; takes the folder, and the command that continues it."""


def run(
    recipe: RecipeFile,
    sets: Sets = None,
    device: Device = None,
    seeds: Seeds = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue an unfinished run.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Run again, replacing an earlier run.")] = False,
    folder: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="The run folder.")] = None,
    dask: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Use the workers of this Dask scheduler for a comparison.")
    ] = None,
) -> None:
    """Run a recipe and write a run folder with results and report."""
    if dask is not None:
        sets = [*(sets or []), f"dask={dask}"]
    loaded = load_recipe(recipe, sets, device, seeds)
    from phasekit.runs.run import folder_of, run_loaded

    target = folder_of(loaded, folder)
    if loaded.recipe.task == "train" and not _leads():  # of several processes that train together, only one prints
        if target.status != "done" or force:
            run_loaded(loaded, target.path, resume=resume, force=force)
        return
    if target.check(loaded, resume=resume, force=force):
        out.print(escape(f"{target.path} is already finished; nothing to do (--force runs it again)"))
        return
    again = _command_to_resume(recipe, sets, device, seeds, folder)
    display, show = {"solve": _solving, "compare": _comparing, "train": _training}[loaded.recipe.task]()
    try:
        with display:
            found = run_loaded(loaded, target.path, resume=resume, force=force, observer=display)
        show(found, target.path, again)
    except KeyboardInterrupt:
        kept = target.status is not None
        err.print(escape(f"\ninterrupted; the state is stored. To continue: {again}" if kept else "\ninterrupted"))
        raise SystemExit(1) from None
    out.print(escape(f"report: {target.path / 'report.html'}"))


def _leads() -> bool:
    """Return whether this process, of those that `torchrun` may have started, is the one that prints and writes."""
    return os.environ.get("RANK", "0") == "0"


def _solving() -> tuple[ProgressBars, Show]:
    """Return the display of a reconstruction, and the function that prints its result."""
    from phasekit.cli.display import Display, print_result

    return Display(out), lambda result, path, again: print_result(out, result)


def _comparing() -> tuple[ProgressBars, Show]:
    """Return the display of a comparison, and the function that prints its ranking."""
    from phasekit.cli.comparison_display import ComparisonDisplay, print_comparison

    return ComparisonDisplay(out), lambda comparison, path, again: print_comparison(out, comparison)


def _training() -> tuple[ProgressBars, Show]:
    """Return the display of a training, and the function that prints its figures."""
    from phasekit.cli.training_display import TrainingDisplay, print_training

    return TrainingDisplay(out), lambda trained, path, again: print_training(out, trained, path, again)


def _command_to_resume(
    recipe: Path, sets: list[str] | None, device: str | None, seeds: int | None, folder: Path | None
) -> str:
    """Return the command that continues a run, with every change to the recipe."""
    words = ["phasekit", "run", str(recipe), "--resume"]
    for change in sets or []:
        words += ["--set", change]
    for option, value in (("--device", device), ("--seeds", seeds), ("--out", folder)):
        words += [option, str(value)] if value is not None else []
    return shlex.join(words)
