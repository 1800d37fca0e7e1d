"""`phasekit doctor`: problems in the data of a recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from phasekit.cli.console import Device, RecipeFile, Seeds, Sets, load_recipe, out
from phasekit.runtime.errors import InputError
from phasekit.runtime.json_text import json_text


def doctor(
    recipe: RecipeFile,
    sets: Sets = None,
    device: Device = None,
    seeds: Seeds = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Also write a page.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Check the data of a recipe before any run: each finding has a figure and advice."""
    loaded = load_recipe(recipe, sets, device, seeds)
    from phasekit.runs.prepare import diagnose, plan_for, prepare_loaded

    if html is not None and not html.parent.is_dir():
        raise InputError(f"--html {html}: the folder {html.parent} does not exist; create it, or give another path")
    if html is not None and html.is_dir():
        raise InputError(f"--html {html}: this is a folder; give a file in it")
    job = prepare_loaded(loaded)
    diagnosis = diagnose(loaded, job, plan_for(loaded, job))
    if html is not None:
        from phasekit.report.doctor import write_doctor_page

        write_doctor_page(html, loaded.name, diagnosis, job.problem)
    if as_json:
        typer.echo(json_text(diagnosis.plain()), nl=False)
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
