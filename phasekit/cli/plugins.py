"""`phasekit plugins`, `show` and `test`: what is installed, what it does, and whether it obeys the laws."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from phasekit.cli.console import out
from phasekit.runtime.errors import InputError
from phasekit.runtime.json_text import json_text


def plugins(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List the installed plugins, and those that could not be loaded."""
    from phasekit.core.registry import registry

    found = registry()
    rows = [
        {"kind": kind, "name": name, "what": (cls.__doc__ or "").strip().split("\n")[0], "from": origin}
        for (kind, name), entries in sorted(found.entries.items())
        for origin, cls in entries
    ]
    if as_json:
        typer.echo(json_text({"plugins": rows, "set_aside": found.broken}), nl=False)
        return
    table = Table("kind", "name", "what", "from", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(escape(value) for value in row.values()))
    out.print(table)
    for origin, reason in found.broken.items():
        out.print(escape(f"set aside: {origin}: {reason}"), style="yellow")


def show(name: Annotated[str, typer.Argument(help="A plugin's name.")]) -> None:
    """Show what a plugin does, and its options."""
    from phasekit.core.describe import describe

    out.print(escape(describe(name)))


def test(file: Annotated[Path, typer.Argument(help="A Python file with plugins.")]) -> None:
    """Run the contract kit on the plugins in a file."""
    if not file.is_file():
        raise InputError(f"{file} does not exist")
    from phasekit.testing import check_file

    outcomes = check_file(file)
    for outcome in outcomes:
        style = {"passed": "green", "failed": "red"}.get(outcome.status, "yellow")
        reason = f": {outcome.reason}" if outcome.reason else ""
        out.print(escape(f"{outcome.status:>7}  {outcome.plugin}: {outcome.name}{reason}"), style=style)
    passed, failed = (sum(outcome.status == word for outcome in outcomes) for word in ("passed", "failed"))
    out.print(f"{passed} laws hold, {failed} are broken, {len(outcomes) - passed - failed} are waived")
    if failed:
        raise SystemExit(1)
