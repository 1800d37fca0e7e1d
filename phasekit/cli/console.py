"""The consoles, options shared by several commands, and reading a recipe."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from phasekit.recipes.loaded import LoadedRecipe

out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 160)
err = Console(stderr=True, highlight=False, soft_wrap=True)


RecipeFile = Annotated[Path, typer.Argument(metavar="RECIPE.yaml", help="The recipe.")]
Sets = Annotated[list[str] | None, typer.Option("--set", metavar="A.B=C", help="Change a value; repeatable.")]
Device = Annotated[str | None, typer.Option(metavar="auto|cpu|cuda", help="Device to compute on.")]
Seeds = Annotated[int | None, typer.Option(metavar="N", help="Number of starts.")]


def load_recipe(recipe: Path, sets: list[str] | None, device: str | None, seeds: int | None) -> LoadedRecipe:
    """Read the recipe with the options of the command line, which act like --set."""
    changes = [*(sets or [])]
    changes += [f"device={device}"] if device is not None else []
    changes += [f"seeds={seeds}"] if seeds is not None else []
    from phasekit.recipes.document import Document

    document = Document.read(recipe).changed(changes)
    from phasekit.recipes.loader import load  # only now: it takes seconds, and an unreadable recipe is refused at once

    loaded = load(document)
    for warning in loaded.warnings:
        err.print(escape(warning), style="yellow")
    return loaded
