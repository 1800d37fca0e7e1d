"""`phasekit schema`: the JSON Schema with which editors complete recipes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from phasekit.cli.console import err
from phasekit.runtime.errors import InputError


def schema(
    name: Annotated[str, typer.Argument(metavar="recipe|PLUGIN", help="A recipe, or one plugin.")] = "recipe",
    plugins: Annotated[
        list[Path] | None, typer.Option(metavar="FILE.py", help="A Python file with plugins; repeatable.")
    ] = None,
) -> None:
    """Print the JSON Schema of a recipe, for the plugins installed, or of one plugin."""
    from phasekit.core.discovery import load_file
    from phasekit.core.registry import registry
    from phasekit.recipes.schema import schema_of

    for file in plugins or []:
        if not file.is_file():
            raise InputError(f"{file} does not exist")
        load_file(registry(), file)
    for origin, reason in registry().broken.items():
        err.print(escape(f"set aside: {origin}: {reason}"), style="yellow")
    typer.echo(json.dumps(schema_of(name), indent=1))
