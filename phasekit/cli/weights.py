"""`phasekit weights`: the trained weights that recipes can name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from phasekit.cli.console import out
from phasekit.runtime.json_text import json_text


def weights(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="A weights file to describe.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List the trained weights that recipes can name, packaged or your own; or describe a file."""
    from phasekit.cli.weights_sheet import file_lines, library_rows
    from phasekit.training.library import own_folder

    if file is not None:
        out.print(escape("\n".join(file_lines(file))))
        return
    rows = library_rows()
    if as_json:
        typer.echo(json_text({"weights": rows}), nl=False)
        return
    table = Table(*(rows[0] if rows else ("name",)), box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(escape(str(value)) for value in row.values()))
    out.print(table)
    out.print(escape(f"your own are read from {own_folder()}; a path works too"))
