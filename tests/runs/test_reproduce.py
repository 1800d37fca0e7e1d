"""A finished run that is run again from its folder gives the same bits here, and what differs is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from phasekit import InputError, reproduce, run

from .. import toys
from ..conftest import Said
from .finished import edit, tamper

pytestmark = pytest.mark.usefixtures("no_pictures")


def _files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_reconstruction_in_two_batches_is_identical_with_its_folder_moved_and_left_alone(solved: Path) -> None:
    before, threads = _files(solved), torch.get_num_threads()
    found = reproduce(solved)
    assert found.verdict == "identical"
    assert [one.what["seed"] for one in found.deviations] == [0, 1, 2]
    assert found.changes == {}
    assert set(found.inputs) == {"source.path", "plugins.0"}
    assert found.summary() == "identical: all 3 starts, in every bit"
    assert _files(solved) == before
    assert torch.get_num_threads() == threads


def test_a_comparison_of_two_solvers_is_identical(compared: Path, call: Callable[..., Said]) -> None:
    before = _files(compared)
    said = call("reproduce", compared, "--json")
    assert said.code == 0
    told = json.loads(said.out)
    assert told["verdict"] == "identical"
    assert {(one["solver"], one["seed"]) for one in told["deviations"]} == {
        (solver, seed) for solver in ("er", "HIO & ER") for seed in range(3)
    }
    assert _files(compared) == before


def test_a_training_is_identical_tensor_by_tensor(tmp_path: Path) -> None:
    run(toys.recipe(), out=tmp_path / "out")
    found = reproduce(tmp_path / "out")
    assert found.verdict == "identical"
    assert len(found.deviations) > 5
    assert {"figures": "validation"} in [one.what for one in found.deviations]


def test_the_second_run_is_kept_where_it_is_wanted_and_can_be_reproduced_itself(solved: Path, tmp_path: Path) -> None:
    found = reproduce(solved, tmp_path / "again")
    assert found.out == tmp_path / "again"
    assert (tmp_path / "again" / "result.cxi").is_file()
    assert reproduce(tmp_path / "again").verdict == "identical"
    with pytest.raises(InputError, match="not an empty folder; choose another one with --out"):
        reproduce(solved, tmp_path / "again")


def test_the_split_of_the_first_run_is_used_and_not_a_new_one(solved: Path, tmp_path: Path) -> None:
    resolved = (solved / "resolved.yaml").read_text()
    assert "batch: 2\n" in resolved
    (solved / "resolved.yaml").write_text(resolved.replace("batch: 2\n", "batch: 3\n"))
    assert reproduce(solved, tmp_path / "again").verdict == "identical"
    assert json.loads((tmp_path / "again" / "run.json").read_text())["plan"]["batches"] == [[0, 1], [2]]


@pytest.mark.parametrize(
    ("change", "verdict", "code"),
    [(lambda v: v * (1 + 1e-6), "within tolerance", 0), (lambda v: np.flip(v, 1) ** 2, "different", 1)],
)
def test_an_outcome_that_was_tampered_with_is_reported_by_its_seed(
    solved: Path, call: Callable[..., Said], change: Callable[[np.ndarray], np.ndarray], verdict: str, code: int
) -> None:
    tamper(solved / "batches" / "0001-done.h5", change)
    said = call("reproduce", solved)
    assert said.code == code
    *lines, summary = said.out.splitlines()
    assert summary.startswith(f"{verdict}: of 3 starts 2 identical, 1 {verdict} (tolerance: chi2 to 0.001")
    (line,) = (line for line in lines if line.startswith("seed"))
    assert line.startswith(f"seed 2: {verdict}: values differ by up to")


def test_a_unit_of_a_comparison_that_was_tampered_with_is_reported_by_its_solver(compared: Path) -> None:
    (file,) = compared.glob("units/*/01-*/batches/0001-done.h5")
    tamper(file, lambda v: ~v, "alive")
    found = reproduce(compared)
    (deviation,) = (one for one in found.deviations if not one.identical)
    assert deviation.what == {"problem": "problem", "solver": "HIO & ER", "seed": 2}
    assert found.verdict == "different"
    assert "failed then (its solver gave up)" in deviation.line()


def test_what_differs_in_versions_and_machine_is_listed(solved: Path, call: Callable[..., Said]) -> None:
    def change(info: dict[str, Any]) -> None:
        info["environment"]["packages"]["torch"] = "1.0"
        info["environment"]["plugins"]["another"] = "3.2"
        info["environment"] |= {"machine": "elsewhere", "gpus": ["X1", "X1"], "commit": "abc+changes", "date": "1999"}
        info["plan"]["device"] = "cuda:0" if not torch.cuda.is_available() else "cpu"

    edit(solved, change)
    lines = call("reproduce", solved).out.splitlines()
    assert f"torch: 1.0 -> {torch.__version__}" in lines
    assert "plugins of another: 3.2 -> not there" in lines
    assert any(line.startswith("machine: elsewhere -> ") for line in lines)
    assert any(line.startswith("gpus: X1, X1 -> ") for line in lines)
    assert any(line.startswith("device: cuda:0 -> cpu") for line in lines) or torch.cuda.is_available()
    assert any("made by an edited phasekit (abc+changes)" in line for line in lines)
    assert not any("1999" in line for line in lines)


def test_a_budget_in_seconds_is_said_not_to_be_reproducible(compared: Path) -> None:
    resolved = (compared / "resolved.yaml").read_text()
    assert "budget: null\n" in resolved
    (compared / "resolved.yaml").write_text(resolved.replace("budget: null\n", "budget: {seconds: 1.0e-9}\n"))
    found = reproduce(compared)
    assert any("cannot be reproduced bit for bit" in note for note in found.notes)
    assert {one.steps and one.steps[1] for one in found.deviations} == {1}
    assert all("steps" in one.line() for one in found.deviations)
    assert json.dumps(found.plain(), allow_nan=False)
