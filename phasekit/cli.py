"""The command line. Exit codes: 0 done, 1 the run failed, 2 the recipe is wrong."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from phasekit.bench import bench

if TYPE_CHECKING:
    from phasekit.folder import RunFolder
    from phasekit.recipe import Loaded

app = typer.Typer(
    help="Phase retrieval for coherent X-ray imaging: every method a plugin.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 160)
err = Console(stderr=True, highlight=False, soft_wrap=True)

RecipeFile = Annotated[Path, typer.Argument(metavar="RECIPE.yaml", help="The recipe.")]
Sets = Annotated[list[str] | None, typer.Option("--set", metavar="A.B=C", help="Change a value; repeatable.")]
Device = Annotated[str | None, typer.Option(metavar="auto|cpu|cuda", help="Where to compute.")]
Seeds = Annotated[int | None, typer.Option(metavar="N", help="How many starts.")]


app.command()(bench)


def main() -> None:
    """Run the command line and turn phasekit's errors into a sentence and an exit code."""
    from phasekit.errors import InputError, PhasekitError

    try:
        app()
    except InputError as error:
        err.print(escape(str(error)), style="red")
        raise SystemExit(2) from None
    except PhasekitError as error:
        err.print(escape(str(error)), style="red")
        raise SystemExit(1) from None


def _load(recipe: Path, sets: list[str] | None, device: str | None, seeds: int | None) -> Loaded:
    """Read the recipe with the options of the command line, which are changes like --set."""
    from phasekit.recipe import load

    changes = [*(sets or [])]
    changes += [f"device={device}"] if device is not None else []
    changes += [f"seeds={seeds}"] if seeds is not None else []
    loaded = load(recipe, changes)
    for warning in loaded.warnings:
        err.print(escape(warning), style="yellow")
    return loaded


@app.command()
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
    loaded = _load(recipe, sets, device, seeds)
    from phasekit.run import folder_of
    from phasekit.tasks import CompareRecipe, TrainRecipe

    target = folder_of(loaded, folder)
    training = isinstance(loaded.recipe, TrainRecipe)
    if training and not _leads():  # one of several processes that train together: another speaks and writes
        if target.status == "done" and not force:
            return
        from phasekit.training_run import train_loaded

        train_loaded(loaded, target, resume=resume, force=force)
        return
    if target.check(loaded, resume=resume, force=force):
        out.print(escape(f"{target.path} is finished already; nothing to do (--force runs it again)"))
        return
    again = _command_to_resume(recipe, sets, device, seeds, folder)
    try:
        do = _train if training else _compare if isinstance(loaded.recipe, CompareRecipe) else _solve
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
    from phasekit.display import Display, print_result
    from phasekit.run import run_loaded

    with Display(out) as display:
        result = run_loaded(loaded, target, resume=resume, force=force, watch=display)
    print_result(out, result)


def _compare(loaded: Loaded, target: RunFolder, resume: bool, force: bool, again: str) -> None:
    """Compare solvers, and print who stands where."""
    from phasekit.comparison_display import ComparisonDisplay, print_comparison
    from phasekit.comparison_folder import ComparisonFolder
    from phasekit.comparison_run import compare_loaded

    with ComparisonDisplay(out) as display:
        folder = ComparisonFolder(target.path)
        comparison = compare_loaded(loaded, folder, resume=resume, force=force, watch=display)
    print_comparison(out, comparison)


def _train(loaded: Loaded, target: RunFolder, resume: bool, force: bool, again: str) -> None:
    """Train a network, and print what has come of it."""
    from phasekit.training_display import TrainingDisplay
    from phasekit.training_run import train_loaded

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


FLAT = "flat phase's phase error"


@app.command()
def weights(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="A weights file to tell about.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List the trained weights that recipes can name, packaged or your own; or tell what a file holds."""
    from phasekit.library import own_folder
    from phasekit.weights_sheet import file_lines, library_rows

    if file is not None:
        out.print(escape("\n".join(file_lines(file))))
        return
    rows = library_rows()
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    table = Table(*(rows[0] if rows else ("name",)), box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(escape(str(value)) for value in row.values()))
    out.print(table)
    out.print(escape(f"your own are looked for in {own_folder()}; a path works too"))


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


@app.command()
def reproduce(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of a finished run.")],
    target: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Keep the second run here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Run a finished run again, and say whether it gives the same; exit code 1 where it does not."""
    from phasekit.reproduce import reproduce

    try:
        with err.status("running it again"):
            found = reproduce(folder, target)
    except KeyboardInterrupt:
        err.print("\ninterrupted; nothing was compared")
        raise SystemExit(1) from None
    if as_json:
        typer.echo(json.dumps(found.plain(), indent=1, ensure_ascii=False, allow_nan=False))
    else:
        out.print(escape("\n".join([*found.lines(), found.summary()])))
    if found.verdict == "different":
        raise SystemExit(1)


@app.command()
def check(recipe: RecipeFile, sets: Sets = None, device: Device = None, seeds: Seeds = None) -> None:
    """Validate a recipe, load its data, and print size, oversampling, memory and expected time."""
    loaded = _load(recipe, sets, device, seeds)
    from phasekit.doctor import facts
    from phasekit.run import plan_for, prepare_loaded
    from phasekit.tasks import CompareRecipe, TrainRecipe

    if isinstance(loaded.recipe, TrainRecipe | CompareRecipe):
        from phasekit.comparison_facts import comparison_facts
        from phasekit.training_run import training_facts

        told = training_facts if isinstance(loaded.recipe, TrainRecipe) else comparison_facts
        for name, value in told(loaded).items():
            out.print(escape(f"{name:>14}: {value}"))
        out.print("the recipe is right")
        return
    job = prepare_loaded(loaded)
    for name, value in facts(job.problem, plan_for(loaded, job), job.solver.length()).items():
        out.print(escape(f"{name:>14}: {value}"))
    for note in job.problem.notes:
        out.print(escape(f"          note: {note}"), style="yellow")
    out.print("the recipe is right")


@app.command()
def doctor(
    recipe: RecipeFile,
    sets: Sets = None,
    device: Device = None,
    seeds: Seeds = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page too.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Check the data of a recipe before any run: each finding with a figure and what to do."""
    loaded = _load(recipe, sets, device, seeds)
    from phasekit.errors import InputError
    from phasekit.run import diagnose, plan_for, prepare_loaded

    if html is not None and not html.parent.is_dir():
        raise InputError(f"--html {html}: there is no folder {html.parent}; make it, or name another one")
    if html is not None and html.is_dir():
        raise InputError(f"--html {html}: this is a folder; name a file in it")
    job = prepare_loaded(loaded)
    diagnosis = diagnose(loaded, job, plan_for(loaded, job))
    if html is not None:
        from phasekit.report.doctor_page import write_doctor_page

        write_doctor_page(html, loaded.name, diagnosis, job.problem)
    if as_json:
        typer.echo(json.dumps(diagnosis.plain(), indent=1, ensure_ascii=False))
        return
    for finding in diagnosis.findings:
        out.print(f"[yellow]{finding.name}[/]: {escape(finding.figure)} {escape(finding.advice)}")
    for name, value in diagnosis.facts.items():
        out.print(escape(f"{name:>14}: {value}"))
    for sentence in job.problem.preparation:
        out.print(escape(f"{'done':>14}: {sentence}"))
    for note in job.problem.notes:
        out.print(escape(f"{'note':>14}: {note}"))
    count = len(diagnosis.findings)
    out.print(f"{count or 'no'} finding{'s' * (count != 1)}" + (f"; page: {escape(str(html))}" if html else ""))


@app.command()
def geometry(
    recipe: Annotated[Path | None, typer.Argument(metavar="RECIPE.yaml", help="The recipe.")] = None,
    sets: Sets = None,
    shape: Annotated[
        str | None, typer.Option(metavar="F,R,C", help="The array's shape; by default that of the data.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    against: Annotated[bool, typer.Option("--check", help="Compare with the reference set-ups there are.")] = False,
) -> None:
    """Print q, d-spacing, the matrices in every frame, voxel lengths, field of view and resolution limit."""
    from phasekit.errors import InputError
    from phasekit.geometry_sheet import geometry_of, geometry_sheet, sheet_lines

    if against:
        _check_setups(as_json)
        return
    if recipe is None:
        raise InputError("give a recipe, or --check")
    words = [] if shape is None else shape.replace("x", ",").split(",")
    wanted = tuple(int(word) for word in words if word.strip().isdecimal() and int(word) > 0)
    if len(wanted) != len(words):
        raise InputError(f"--shape {shape}: takes whole numbers with commas between, 64,128,128 for example")
    found, space, notes = geometry_of(recipe, sets or (), wanted or None)
    sheet = geometry_sheet(found, space)
    if as_json:
        typer.echo(json.dumps(sheet, indent=1))
        return
    out.print(escape("\n".join(sheet_lines(sheet))))
    for note in notes:
        out.print(escape(f"note: {note}"), style="yellow")


def _check_setups(as_json: bool) -> None:
    """Compare every geometry with its reference set-ups; exit code 1 where one deviates."""
    from phasekit.geometry_sheet import check_setups

    rows = check_setups()
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
    for row in () if as_json else rows:
        word, style = ("agrees", "green") if row["agrees"] else ("deviates", "red")
        figures = f"largest deviation {row['deviation']:.1e}, tolerance {row['tolerance']:.0e}"
        out.print(escape(f"{word:>8}  {row['geometry']}: {row['set-up']} ({row['source']}): {figures}"), style=style)
    if not all(row["agrees"] for row in rows):
        raise SystemExit(1)


@app.command()
def plugins(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List the plugins there are, and what was set aside."""
    from phasekit.registry import registry

    found = registry()
    rows = [
        {"kind": kind, "name": name, "what": (cls.__doc__ or "").strip().split("\n")[0], "from": origin}
        for (kind, name), entries in sorted(found.entries.items())
        for origin, cls in entries
    ]
    if as_json:
        typer.echo(json.dumps({"plugins": rows, "set_aside": found.broken}, indent=1))
        return
    table = Table("kind", "name", "what", "from", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(escape(value) for value in row.values()))
    out.print(table)
    for origin, reason in found.broken.items():
        out.print(escape(f"set aside: {origin}: {reason}"), style="yellow")


@app.command()
def show(name: Annotated[str, typer.Argument(help="A plugin's name.")]) -> None:
    """Show what a plugin does and its options."""
    from phasekit.describe import describe

    out.print(escape(describe(name)))


@app.command()
def test(file: Annotated[Path, typer.Argument(help="A Python file with plugins.")]) -> None:
    """Run the contract kit on the plugins in a file."""
    from phasekit.errors import InputError
    from phasekit.testing import check_file

    if not file.is_file():
        raise InputError(f"{file}: no such file")
    outcomes = check_file(file)
    for outcome in outcomes:
        style = {"passed": "green", "failed": "red"}.get(outcome.status, "yellow")
        reason = f": {outcome.reason}" if outcome.reason else ""
        out.print(escape(f"{outcome.status:>7}  {outcome.plugin}: {outcome.name}{reason}"), style=style)
    passed, failed = (sum(outcome.status == word for outcome in outcomes) for word in ("passed", "failed"))
    out.print(f"{passed} laws hold, {failed} are broken, {len(outcomes) - passed - failed} are waived")
    if failed:
        raise SystemExit(1)
