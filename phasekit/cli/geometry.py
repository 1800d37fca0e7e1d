"""`phasekit geometry`: the matrices of a recipe, or a check of the formulas."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from phasekit.cli.console import Sets, out
from phasekit.runtime.errors import InputError
from phasekit.runtime.json_text import json_text


def geometry(
    recipe: Annotated[Path | None, typer.Argument(metavar="RECIPE.yaml", help="The recipe.")] = None,
    sets: Sets = None,
    shape: Annotated[
        str | None, typer.Option(metavar="F,R,C", help="The array's shape; by default that of the data.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    against: Annotated[
        bool, typer.Option("--check", help="Compare all geometries with their reference set-ups.")
    ] = False,
) -> None:
    """Print q, d-spacing, the matrices in every frame, voxel lengths, field of view and resolution limit."""
    if against:
        _check_setups(as_json)
        return
    if recipe is None:
        raise InputError("give a recipe, or --check")
    words = [] if shape is None else shape.replace("x", ",").split(",")
    wanted = tuple(int(word) for word in words if word.strip().isdecimal() and int(word) > 0)
    if len(wanted) != len(words):
        raise InputError(f"--shape {shape}: write whole numbers with commas, for example 64,128,128")
    from phasekit.recipes.document import Document

    document = Document.read(recipe).changed(sets or ())
    from phasekit.cli.geometry_sheet import geometry_of, geometry_sheet, sheet_lines  # as in load_recipe

    found, space, notes = geometry_of(document, shape=wanted or None)
    sheet = geometry_sheet(found, space)
    if as_json:
        typer.echo(json_text(sheet), nl=False)
        return
    out.print(escape("\n".join(sheet_lines(sheet))))
    for note in notes:
        out.print(escape(f"note: {note}"), style="yellow")


def _check_setups(as_json: bool) -> None:
    """Compare every geometry with its reference set-ups; exit code 1 if one deviates."""
    from phasekit.cli.geometry_sheet import check_setups

    rows = check_setups()
    if as_json:
        typer.echo(json_text({"setups": rows}), nl=False)
    for row in () if as_json else rows:
        word, style = ("agrees", "green") if row["agrees"] else ("deviates", "red")
        figures = f"largest deviation {row['deviation']:.1e}, tolerance {row['tolerance']:.0e}"
        out.print(escape(f"{word:>8}  {row['geometry']}: {row['set-up']} ({row['source']}): {figures}"), style=style)
    if not all(row["agrees"] for row in rows):
        raise SystemExit(1)
