"""`phasekit demo` runs the example of that name; `phasekit new plugin` copies the example plugin."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from phasekit.cli import examples

from ..conftest import Said

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "examples"


def files_in(folder: Path) -> dict[str, bytes]:
    """Return what a plugin's folder holds, without what working in it leaves: relative path -> content."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not any(part == "__pycache__" or part.startswith(".") for part in path.relative_to(folder).parts)
    }


def test_the_demo_is_the_example_of_that_name(
    call: Callable[..., Said], tmp_path: Path, without_pictures: None
) -> None:
    changes = ["source.shape=[24, 24, 24]", "solver={name: er, steps: 2}", "metrics=[chi2]", "held_out=0", "rank=chi2"]
    words = [word for change in changes for word in ("--set", change)]
    said = call("demo", "--out", tmp_path / "run", "--seeds", 1, *words)
    assert (said.code, said.err) == (0, "")
    assert f"report: {tmp_path}/run/report.html" in said.out
    assert (tmp_path / "run" / "recipe.yaml").read_text() == (SOURCE / "demo.yaml").read_text()
    assert "nothing to do" in call("demo", "--out", tmp_path / "run", "--seeds", 1, *words).out


def test_a_new_plugin_is_a_copy_of_the_example_without_what_work_left_there(
    call: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked_in = tmp_path / "examples" / "plugin"
    shutil.copytree(SOURCE / "plugin", worked_in, ignore=shutil.ignore_patterns(*examples.BUILT))
    for left in ("dist", ".hypothesis", "src/phasekit_relax/__pycache__", "src/phasekit_relax.egg-info"):
        (worked_in / left).mkdir()
        (worked_in / left / "left").touch()
    monkeypatch.setattr(examples, "example", lambda name: tmp_path / "examples" / name)
    assert call("new", "plugin", tmp_path / "mine").code == 0
    assert files_in(tmp_path / "mine") == files_in(SOURCE / "plugin")


def test_a_new_plugin_overwrites_nothing(call: Callable[..., Said], tmp_path: Path) -> None:
    said = call("new", "plugin", tmp_path)
    assert (said.code, said.err) == (2, f"{tmp_path} already exists; give a new folder\n")


def test_only_a_plugin_can_be_begun(call: Callable[..., Said], tmp_path: Path) -> None:
    said = call("new", "solver", tmp_path / "mine")
    assert (said.code, said.err) == (2, "new solver: only a plugin can be created; write: phasekit new plugin FOLDER\n")
    assert not (tmp_path / "mine").exists()


def test_the_wheel_takes_along_every_file_of_the_examples_that_commands_use() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    taken = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert {source: target.removeprefix("phasekit/cli/data/") for source, target in taken.items()} == {
        source: source.removeprefix("examples/") for source in taken
    }
    needed = ["examples/demo.yaml", *(f"examples/plugin/{name}" for name in files_in(SOURCE / "plugin"))]
    assert [name for name in needed if not any(f"{name}/".startswith(f"{source}/") for source in taken)] == []
