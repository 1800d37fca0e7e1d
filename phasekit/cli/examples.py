"""`phasekit demo` and `phasekit new`: the examples that come along, to run and to begin from."""

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
"""What working in a plugin's folder leaves there."""


def example(name: str) -> Path:
    """Return where an example is: the wheel puts it beside this file, a checkout has it in examples/."""
    packaged = HERE / "data" / name
    return packaged if packaged.exists() else HERE.parents[1] / "examples" / name


def demo(
    sets: Sets = None,
    device: Device = None,
    seeds: Seeds = None,
    force: Annotated[bool, typer.Option("--force", help="Run again, replacing what is there.")] = False,
    folder: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="The run folder; runs/demo by default.")
    ] = None,
) -> None:
    """Reconstruct a simulated crystal from 8 starts and write the report."""
    run(example("demo.yaml"), sets, device, seeds, force=force, folder=folder)


def new(
    what: Annotated[str, typer.Argument(metavar="plugin", help="What to begin.")],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where; it must not exist.")],
) -> None:
    """Begin a plugin package: copy the example plugin, with its tests, to a new folder."""
    if what != "plugin":
        raise InputError(f"new {what}: only a plugin can be begun; write: phasekit new plugin FOLDER")
    if folder.exists():
        raise InputError(f"{folder} exists already; name a new folder")
    shutil.copytree(example("plugin"), folder, ignore=shutil.ignore_patterns(*BUILT))
    out.print(escape(f"{folder}: a solver in a package of its own; {folder / 'README.md'} says what each file is for"))
