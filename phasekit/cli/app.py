"""The command line. Exit codes: 0 done, 1 the run failed, 2 the input is invalid."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

import phasekit
from phasekit.cli.bench import bench
from phasekit.cli.check import check
from phasekit.cli.console import err
from phasekit.cli.doctor import doctor
from phasekit.cli.examples import demo, new
from phasekit.cli.geometry import geometry
from phasekit.cli.plugins import plugins, show, test
from phasekit.cli.reproduce import reproduce
from phasekit.cli.run import run
from phasekit.cli.schema import schema
from phasekit.cli.weights import weights
from phasekit.runtime.errors import InputError, PhasekitError
from phasekit.runtime.waiting import wait_passively

app = typer.Typer(
    help="Phase retrieval for coherent X-ray imaging; every method is a plugin.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (run, check, doctor, geometry, reproduce, bench, weights, plugins, show, schema, test, demo, new):
    app.command()(command)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"phasekit {phasekit.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Phase retrieval for coherent X-ray imaging; every method is a plugin."""


def main() -> None:
    """Run the command line; print phasekit's errors as a sentence, with an exit code."""
    wait_passively()
    try:
        app()
    except InputError as error:
        err.print(escape(str(error)), style="red")
        raise SystemExit(2) from None
    except PhasekitError as error:
        err.print(escape(str(error)), style="red")
        raise SystemExit(1) from None
