"""A recipe is read with the options of the command line, which are changes to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from phasekit.cli.console import load_recipe

from ..conftest import Said
from .texts import ER, SIMULATION


def test_a_plugin_file_that_raises_is_named_and_the_rest_runs(
    files: Path, recipe: Callable[..., Path], call: Callable[..., Said]
) -> None:
    said = call("check", recipe(SIMULATION + ER + "plugins: [raises.py]\n"))
    assert said.code == 0
    assert said.err == f"set aside: {files / 'raises.py'} (RuntimeError: broken on import)\n"


def test_a_missing_recipe_is_reported(tmp_path: Path, call: Callable[..., Said]) -> None:
    assert call("run", tmp_path / "none.yaml").code == 2
    assert (
        call("check", tmp_path / "none.yaml").err
        == f"{tmp_path}/none.yaml: cannot be read: No such file or directory\n"
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["--set", "solver.steps=0"],
            "--set solver.steps=0: solver.steps: should be greater than or equal to 1, got 0",
        ),
        (["--set", "solver"], "--set solver: write it as place=value"),
        (["--device", "tpu"], "--set device=tpu: device: should be 'auto', 'cpu' or 'cuda', got 'tpu'"),
        (["--seeds", "0"], "--set seeds=0: seeds: must be a number of starts"),
        (["--set", "rank=nothing"], "--set rank=nothing: rank: 'nothing' is not among the metrics"),
    ],
)
def test_a_wrong_change_is_reported_by_its_name(
    recipe: Callable[..., Path], call: Callable[..., Said], tmp_path: Path, words: list[str], sentence: str
) -> None:
    said = call("run", recipe(SIMULATION + ER), *words, "--out", tmp_path / "out")
    assert said.code == 2
    assert said.err.startswith(sentence)
    assert len(said.err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_options_are_changes_that_come_after_set(recipe: Callable[..., Path]) -> None:
    path = recipe(SIMULATION + ER)
    loaded = load_recipe(path, ["seeds=2", "solver.steps=7"], "cpu", 4)
    same = load_recipe(path, ["seeds=2", "solver.steps=7", "device=cpu", "seeds=4"], None, None)
    assert loaded.recipe == same.recipe
    assert loaded.sets == ("seeds=2", "solver.steps=7", "device=cpu", "seeds=4")
    assert loaded.recipe.model_dump()["seeds"] == 4
