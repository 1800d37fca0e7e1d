"""A run leaves a folder that says what was run, knows when it is finished, and belongs to one recipe."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from phasekit import RunError
from phasekit.recipes.loaded import LoadedRecipe
from phasekit.runs import solve_run
from phasekit.runs.prepare import prepare_loaded
from phasekit.solving.job import Job

from .by_task import run_solve
from .stopping import content, interrupted

pytestmark = pytest.mark.usefixtures("without_pictures")


def test_a_finished_folder_holds_everything_that_was_promised(recipe: Callable[..., Path], tmp_path: Path) -> None:
    result = run_solve(recipe(), out=tmp_path / "out")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"recipe.yaml", "resolved.yaml", "run.json", "run.log", "history.csv", "result.cxi", "batches"} <= names
    assert not any(path.name.startswith(".") and path.name != ".lock" for path in (tmp_path / "out").rglob("*"))
    assert (tmp_path / "out" / "recipe.yaml").read_text() == recipe().read_text()
    with h5py.File(tmp_path / "out" / "result.cxi") as file:
        stored = file["entry_1/image_1/data"][()]
    np.testing.assert_array_equal(stored.reshape(result.best.shape), result.best.numpy())


def test_run_json_says_what_was_run_on_what(recipe: Callable[..., Path], tmp_path: Path) -> None:
    result = run_solve(recipe(), out=tmp_path / "out", sets=["seeds=[4, 2]"])
    info = json.loads((tmp_path / "out" / "run.json").read_text())
    assert info["status"] == "done"
    assert info["seeds"] == list(result.seeds)
    assert sorted(info["seeds"]) == [2, 4]
    assert info["set"] == ["seeds=[4, 2]"]
    assert info["plan"]["batches"] == [[4, 2]]
    assert info["plan"]["threads"] == torch.get_num_threads()
    assert info["plan"]["device"] == "cpu"
    assert info["best"] == {name: float(values[0]) for name, values in result.final.items()}
    assert info["rank"] == "chi2"
    for key in ("phasekit", "commit", "python", "packages", "plugins", "machine", "threads"):
        assert key in info["environment"]
    assert info["environment"]["packages"]["torch"] == torch.__version__.split("+")[0] or "+" in torch.__version__


def test_history_tells_every_metric_of_every_seed(recipe: Callable[..., Path], tmp_path: Path) -> None:
    result = run_solve(recipe(), out=tmp_path / "out")
    with (tmp_path / "out" / "history.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    assert list(rows[0]) == ["seed", "step", "seconds", "chi2", "r-factor"]
    assert len(rows) == len(result.history) == 2 * 40
    last = {int(row["seed"]): float(row["chi2"]) for row in rows if row["step"] == "40"}
    for seed, chi2 in zip(result.seeds, result.final["chi2"], strict=True):
        assert last[seed] == pytest.approx(float(chi2), rel=1e-6)


def test_a_finished_run_is_read_back_and_nothing_is_written(recipe: Callable[..., Path], tmp_path: Path) -> None:
    first = run_solve(recipe(), out=tmp_path / "out")
    before = content(tmp_path / "out")
    again = run_solve(recipe(), out=tmp_path / "out")
    assert torch.equal(again.object, first.object)
    assert again.seeds == first.seeds
    assert content(tmp_path / "out") == before


def test_the_resolved_recipe_runs_to_the_same_bits(recipe: Callable[..., Path], tmp_path: Path) -> None:
    first = run_solve(recipe(), out=tmp_path / "out")
    again = run_solve(tmp_path / "out" / "resolved.yaml", out=tmp_path / "again")
    assert torch.equal(again.object, first.object)


def test_the_threads_are_set_again_before_the_data_are_made(
    recipe: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(recipe(), tmp_path / "out")
    seen, before = list[int](), torch.get_num_threads()

    def prepared(loaded: LoadedRecipe) -> Job:
        seen.append(torch.get_num_threads())
        return prepare_loaded(loaded)

    monkeypatch.setattr(solve_run, "prepare_loaded", prepared)
    try:
        torch.set_num_threads(before + 1)
        run_solve(recipe(), out=tmp_path / "out", resume=True)
    finally:
        torch.set_num_threads(before)
    assert seen == [before]


def test_a_run_that_fails_says_so_in_its_record(recipe: Callable[..., Path], tmp_path: Path) -> None:
    text = recipe().read_text().replace("{name: er, steps: 10}", "{name: shrinkwrap, threshold: 1, sigma: 0}")
    with pytest.raises(RunError, match="every start failed"):
        run_solve(recipe(text), out=tmp_path / "out")
    assert json.loads((tmp_path / "out" / "run.json").read_text())["status"] == "failed"
    assert "every start failed" in (tmp_path / "out" / "run.log").read_text()


def test_run_json_says_why_starts_failed(recipe: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "lossy.py").write_text(LOSSY)
    text = recipe().read_text().replace("{name: er, steps: 10}", "lossy").replace("seeds: 2", "seeds: 4")
    result = run_solve(recipe(text + "plugins: [lossy.py]\n"), out=tmp_path / "out")
    info = json.loads((tmp_path / "out" / "run.json").read_text())
    assert info["failed"] == [1, 3]
    assert info["reasons"] == {"1": "it was lost", "3": "it was lost"}
    assert result.reasons == {1: "it was lost", 3: "it was lost"}
    again = run_solve(recipe(text + "plugins: [lossy.py]\n"), out=tmp_path / "out")
    assert again.reasons == result.reasons


def test_a_run_without_failures_has_no_reasons(recipe: Callable[..., Path], tmp_path: Path) -> None:
    run_solve(recipe(), out=tmp_path / "out")
    info = json.loads((tmp_path / "out" / "run.json").read_text())
    assert (info["failed"], info["reasons"]) == ([], {})


LOSSY = '''
from typing import Literal
import torch
from phasekit import Solver

class Lossy(Solver):
    """Loses odd seeds."""

    name: Literal["lossy"] = "lossy"

    def run(self, problem, start, every=1):
        """Yield the state with its failures."""
        if start.step < 1:
            yield start.changed(step=1).failing(torch.tensor([seed % 2 == 1 for seed in start.seeds]), "it was lost")
'''
