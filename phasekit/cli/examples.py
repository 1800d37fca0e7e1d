"""`phasekit demo` and `phasekit new`: packaged examples, to run and to start from."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from phasekit.cli.console import Device, Seeds, Sets, out
from phasekit.cli.run import run
from phasekit.runtime.errors import InputError

HERE = Path(__file__).parent
BUILT = ("__pycache__", "dist", ".*", "*.egg-info")
"""Files that work in a plugin's folder leaves behind."""


def example(name: str) -> Path:
    """Return the path of an example: next to this file in a wheel, in examples/ in a checkout."""
    packaged = HERE / "data" / name
    return packaged if packaged.exists() else HERE.parents[1] / "examples" / name


def demo(
    sets: Sets = None,
    device: Device = None,
    seeds: Seeds = None,
    force: Annotated[bool, typer.Option("--force", help="Run again, replacing an earlier run.")] = False,
    folder: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="The run folder; runs/demo by default.")
    ] = None,
) -> None:
    """Reconstruct a simulated crystal from 8 starts and write the report."""
    run(example("demo.yaml"), sets, device, seeds, force=force, folder=folder)


def new(
    what: Annotated[str, typer.Argument(metavar="plugin", help="What to create.")],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder; it must not exist.")],
) -> None:
    """Create a plugin package: copy the example plugin, with its tests, to a new folder."""
    if what != "plugin":
        raise InputError(f"new {what}: only a plugin can be created; write: phasekit new plugin FOLDER")
    if folder.exists():
        raise InputError(f"{folder} already exists; give a new folder")
    shutil.copytree(example("plugin"), folder, ignore=shutil.ignore_patterns(*BUILT))
    out.print(escape(f"{folder}: a package with a solver; {folder / 'README.md'} explains the files"))
