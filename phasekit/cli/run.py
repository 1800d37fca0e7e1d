"""`phasekit run`: do what a recipe says."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from phasekit.cli.console import Device, RecipeFile, Seeds, Sets, err, load_recipe, out

if TYPE_CHECKING:
    from phasekit.recipes.loader import Loaded
    from phasekit.runs.folder import RunFolder


FLAT = "flat phase's phase error"
"""Key of the phase error that a flat phase has."""


def run(
    recipe: RecipeFile,
    sets: Sets = None,
    device: Device = None,
    seeds: Seeds = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an unfinished run.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Run again, replacing what is there.")] = False,
    folder: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="The run folder.")] = None,
    dask: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Compare on the workers of this Dask scheduler.")
    ] = None,
) -> None:
    """Do what a recipe says and write a run folder with results and report."""
    if dask is not None:
        sets = [*(sets or []), f"dask={dask}"]
    loaded = load_recipe(recipe, sets, device, seeds)
    from phasekit.comparing.task import CompareTask
    from phasekit.runs.run import folder_of
    from phasekit.training.task import TrainTask

    target = folder_of(loaded, folder)
    training = isinstance(loaded.recipe, TrainTask)
    if training and not _leads():  # one of several processes that train together: another speaks and writes
        if target.status == "done" and not force:
            return
        from phasekit.runs.training_run import train_loaded

        train_loaded(loaded, target, resume=resume, force=force)
        return
    if target.check(loaded, resume=resume, force=force):
        out.print(escape(f"{target.path} is finished already; nothing to do (--force runs it again)"))
        return
    again = _command_to_resume(recipe, sets, device, seeds, folder)
    try:
        do = _train if training else _compare if isinstance(loaded.recipe, CompareTask) else _solve
        do(loaded, target, resume, force, again)
    except KeyboardInterrupt:
        kept = target.status is not None
        err.print(escape(f"\ninterrupted; the state is kept. To go on: {again}" if kept else "\ninterrupted"))
        raise SystemExit(1) from None
    out.print(escape(f"report: {target.path / 'report.html'}"))


def _leads() -> bool:
    """Tell whether this process, of those that `torchrun` may have started, is the one that speaks and writes."""
    return os.environ.get("RANK", "0") == "0"


def _solve(loaded: Loaded, target: RunFolder, resume: bool, force: bool, again: str) -> None:
    """Reconstruct, and print what was found."""
    from phasekit.cli.display import Display, print_result
    from phasekit.runs.run import run_loaded

    with Display(out) as display:
        result = run_loaded(loaded, target, resume=resume, force=force, watch=display)
    print_result(out, result)


def _compare(loaded: Loaded, target: RunFolder, resume: bool, force: bool, again: str) -> None:
    """Compare solvers, and print who stands where."""
    from phasekit.cli.comparison_display import ComparisonDisplay, print_comparison
    from phasekit.runs.comparison_folder import ComparisonFolder
    from phasekit.runs.comparison_run import compare_loaded

    with ComparisonDisplay(out) as display:
        folder = ComparisonFolder(target.path)
        comparison = compare_loaded(loaded, folder, resume=resume, force=force, watch=display)
    print_comparison(out, comparison)


def _train(loaded: Loaded, target: RunFolder, resume: bool, force: bool, again: str) -> None:
    """Train a network, and print what has come of it."""
    from phasekit.cli.training_display import TrainingDisplay
    from phasekit.runs.training_run import train_loaded

    with TrainingDisplay(out) as display:
        trained = train_loaded(loaded, target, resume=resume, force=force, watch=display)
    figures = trained.weights.about["figures"]
    if figures:
        floor = figures.get("floor", float("nan"))
        out.print(
            f"validation loss {figures['validation loss']:.4g} (mean of object and twin: {floor:.3g}); medians over "
            f"the validation samples: object error {figures['object error']:.3g} (flat phase "
            f"{figures['flat-phase error']:.3g}), phase error {figures['phase error']:.3g} rad (flat phase "
            f"{figures[FLAT]:.3g}); {trained.seconds:.0f} s"
        )
    out.print(escape(f"weights: {target.path / 'weights.safetensors'}"))
    if not trained.finished:
        out.print(escape(f"its minutes are up. To go on: {again}"), style="yellow")


def _command_to_resume(
    recipe: Path, sets: list[str] | None, device: str | None, seeds: int | None, folder: Path | None
) -> str:
    """Return the command that goes on with a run, every change to the recipe repeated."""
    words = ["phasekit", "run", str(recipe), "--resume"]
    for change in sets or []:
        words += ["--set", change]
    for option, value in (("--device", device), ("--seeds", seeds), ("--out", folder)):
        words += [option, str(value)] if value is not None else []
    return shlex.join(words)
