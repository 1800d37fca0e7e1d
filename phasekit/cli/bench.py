"""`phasekit bench`: every installed solver on the suite of problems with a known truth."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from phasekit.cli.console import out


def bench(
    side: Annotated[int, typer.Option(metavar="N", help="Side of the arrays: 64 or 128, or smaller for a trial.")] = 64,
    problem: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A problem; repeatable. By default all.")
    ] = None,
    solver: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A solver; repeatable. By default all.")
    ] = None,
    seeds: Annotated[int, typer.Option(metavar="N", help="Number of starts.")] = 10,
    device: Annotated[str, typer.Option(metavar="auto|cpu|cuda", help="Device to compute on.")] = "auto",
    folder: Annotated[Path, typer.Option("--out", metavar="DIR", help="The run folder.")] = Path("runs/bench"),
    resume: Annotated[bool, typer.Option("--resume", help="Continue an unfinished run.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Run again, replacing an earlier run.")] = False,
) -> None:
    """Run the installed solvers, third-party ones too, on the suite; write bench.json and report.html."""

    from phasekit.cli.comparison_display import ComparisonDisplay, print_comparison
    from phasekit.comparing.figures import figures_of
    from phasekit.comparing.suite import VERSION, bench_recipe
    from phasekit.core.environment import environment
    from phasekit.recipes.loader import load
    from phasekit.runs.comparison_folder import ComparisonFolder
    from phasekit.runs.comparison_run import compare_loaded
    from phasekit.runtime.errors import InputError
    from phasekit.runtime.json_text import json_text
    from phasekit.runtime.storage import write_text

    if side < 16:
        raise InputError(f"--side {side}: the suite's problems need arrays of at least 16 voxels per side")
    recipe = bench_recipe(side, tuple(problem or ()), tuple(solver or ()), seeds)
    loaded = replace(load({**recipe, "device": device}), name=f"suite {VERSION}, {side}³")
    target = ComparisonFolder(folder)
    with ComparisonDisplay(out) as display:
        comparison = compare_loaded(loaded, target, resume=resume, force=force, observer=display)
    figures = {"suite": VERSION, "side": side, "seeds": seeds, "environment": environment(), **figures_of(comparison)}
    write_text(target.path / "bench.json", json_text(figures))
    print_comparison(out, comparison)
    out.print(f"figures: {target.path / 'bench.json'}, report: {target.path / 'report.html'}", markup=False)
