"""A command pays only for what it uses: what it imports is asked in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

HEAVY = ("torch", "numpy", "scipy", "h5py", "skimage", "matplotlib", "plotly", "phasekit_plugins")
"""What reading a file and its YAML does without."""

DRAWING = ("matplotlib", "plotly", "skimage", "scipy.stats", "phasekit.report", "phasekit.runs", "phasekit.comparing")
"""What saying which plugins there are does without."""

COMMAND = """\
import json, sys
from phasekit.cli.app import main
code = 0
try:
    main()
except SystemExit as left:
    code = left.code
print(json.dumps([code or 0, *sys.modules]))
"""


class Started(NamedTuple):
    """How a command ended, what it said of mistakes, and what it had imported by then."""

    code: int
    err: str
    modules: frozenset[str]

    def imported(self, names: tuple[str, ...]) -> list[str]:
        return [name for name in names if name in self.modules]


def started(*words: object) -> Started:
    done = subprocess.run([sys.executable, "-c", COMMAND, *map(str, words)], capture_output=True, text=True, check=True)
    code, *modules = json.loads(done.stdout.splitlines()[-1])
    return Started(code, done.stderr, frozenset(modules))


def imports(statement: str) -> frozenset[str]:
    code = f"import json, sys\n{statement}\nprint(json.dumps([*sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return frozenset(json.loads(done.stdout))


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["run", "--help"]])
def test_version_and_help_import_nothing_heavy(words: list[str]) -> None:
    done = started(*words)
    assert (done.code, done.imported(HEAVY)) == (0, [])


@pytest.mark.parametrize("command", ["check", "run", "doctor", "geometry"])
def test_a_missing_recipe_is_refused_before_anything_heavy_is_imported(command: str, tmp_path: Path) -> None:
    missing = tmp_path / "missing.yaml"
    done = started(command, missing)
    assert (done.code, done.imported(HEAVY)) == (2, [])
    assert done.err == f"{missing}: cannot be read: No such file or directory\n"


@pytest.mark.parametrize(
    ("text", "change", "sentence"),
    [
        ("solver: [er\n", "seeds=2", "recipe.yaml:2: invalid YAML"),
        ("- er\n", "seeds=2", "recipe.yaml:1: a recipe is a mapping"),
        ("solver: er\n", "solver", "--set solver: write it as place=value"),
    ],
)
def test_what_cannot_be_a_recipe_is_refused_before_anything_heavy_is_imported(
    recipe: Callable[[str], Path], text: str, change: str, sentence: str
) -> None:
    done = started("check", recipe(text), "--set", change)
    assert (done.code, done.imported(HEAVY)) == (2, [])
    assert sentence in done.err
    assert len(done.err.splitlines()) == 1


def test_a_missing_plugin_file_is_refused_before_anything_heavy_is_imported(tmp_path: Path) -> None:
    done = started("test", tmp_path / "missing.py")
    assert (done.code, done.imported(HEAVY)) == (2, [])


@pytest.mark.parametrize("words", [["plugins", "--json"], ["show", "hio"]])
def test_saying_what_plugins_there_are_imports_no_reports_and_no_run_folders(words: list[str]) -> None:
    done = started(*words)
    assert (done.code, done.imported(DRAWING)) == (0, [])


def test_importing_phasekit_imports_neither_torch_nor_numpy_nor_pydantic() -> None:
    assert not {"torch", "numpy", "pydantic", "yaml", "typer"} & imports("import phasekit")


def test_comparing_imports_neither_run_folders_nor_what_they_are_written_with() -> None:
    found = imports("import phasekit.comparing.compare")
    assert not {"phasekit.runs", "phasekit.report", "phasekit.cli", "h5py", "matplotlib", "plotly"} & found
