"""`phasekit reproduce`: run a finished run again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from phasekit.cli.console import err, out
from phasekit.runtime.json_text import json_text


def reproduce(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of a finished run.")],
    target: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Keep the second run here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Run a finished run again, and compare the results; exit code 1 if they differ."""
    from phasekit.runs.reproduce import reproduce

    try:
        with err.status("running it again"):
            found = reproduce(folder, target)
    except KeyboardInterrupt:
        err.print("\ninterrupted; nothing was compared")
        raise SystemExit(1) from None
    if as_json:
        typer.echo(json_text(found.plain()), nl=False)
    else:
        out.print(escape("\n".join([*found.lines(), found.summary()])))
    if found.verdict == "different":
        raise SystemExit(1)
