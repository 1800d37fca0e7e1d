"""A finished run that is run again from its folder gives the same bits here, and what differs is told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from phasekit import InputError, reproduce, run
from phasekit.runs.difference import of_starts
from phasekit.runs.finished_run import outcome_in

from .. import toys

SOLVE = """\
source: {name: numpy, path: data.npy}
solver: [{name: hio, steps: 30}, {name: er, steps: 10}]
seeds: 3
batch: 2
device: cpu
plugins: [own.py]
"""

OWN = '''\
"""A schedule of one's own."""
from typing import Literal
from phasekit import Schedule

class Flat(Schedule):
    """The same number throughout."""

    name: Literal["flat-for-test"] = "flat-for-test"

    def at(self, step: int, steps: int) -> float:
        """Return it."""
        return 1.0
'''

COMPARE = """\
task: compare
source: {name: simulation, shape: [20, 18], seed: 3, photons: 1.0e5}
solvers:
  er: {name: er, steps: 30}
  HIO & ER: [{name: hio, steps: 20}, {name: er, steps: 10}]
seeds: 3
batch: 2
device: cpu
"""


@pytest.fixture(scope="module", autouse=True)
def _no_pictures():
    """Leave figures and reports, which take seconds, to their own tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "phasekit.runs.comparison_run.write_comparison_report", lambda path, *_: path.write_text("report")
        )
        patch.setattr("phasekit.runs.training_run.write_training_report", lambda path, *_: path.write_text("report"))
        patch.setattr("phasekit.runs.solve_run.write_figures", lambda *_: None)
        patch.setattr("phasekit.runs.solve_run.write_report", lambda path, *_: path.write_text("report"))
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Callable[[str], Path]:
    """Return the folder of a finished run of a recipe, which is run once for all tests."""
    known: dict[str, Path] = {}

    def make(text: str) -> Path:
        if text not in known:
            folder = tmp_path_factory.mktemp("made")
            (folder / "own.py").write_text(OWN)
            image = np.random.default_rng(0).random((18, 16)) ** 8
            wave = np.fft.fftshift(np.fft.fft2(np.pad(image[:8, :7], ((0, 10), (0, 9)))))
            np.save(folder / "data.npy", 10 * np.abs(wave) ** 2)
            (folder / "recipe.yaml").write_text(text)
            run(folder / "recipe.yaml", out=folder / "out")
            known[text] = folder / "out"
        return known[text]

    return make


@pytest.fixture
def solved(made, tmp_path) -> Path:
    """Return a copy of the folder of a reconstruction: one that was moved."""
    return Path(shutil.copytree(made(SOLVE), tmp_path / "solved"))


@pytest.fixture
def compared(made, tmp_path) -> Path:
    """Return a copy of the folder of a comparison."""
    return Path(shutil.copytree(made(COMPARE), tmp_path / "compared"))


def _edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    info = json.loads((folder / "run.json").read_text())
    change(info)
    (folder / "run.json").write_text(json.dumps(info))


def _tamper(file: Path, change: Callable[[np.ndarray], np.ndarray], what: str = "object") -> None:
    with h5py.File(file, "r+") as opened:
        opened["value"][what][...] = change(opened["value"][what][...])


def _files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_reconstruction_in_two_batches_is_identical_with_its_folder_moved_and_left_alone(solved) -> None:
    before, threads = _files(solved), torch.get_num_threads()
    found = reproduce(solved)
    assert found.verdict == "identical"
    assert [one.what["seed"] for one in found.deviations] == [0, 1, 2]
    assert found.changes == {}
    assert set(found.inputs) == {"source.path", "plugins.0"}
    assert found.summary() == "identical: all 3 starts, in every bit"
    assert _files(solved) == before
    assert torch.get_num_threads() == threads


def test_a_comparison_of_two_solvers_is_identical(compared, call) -> None:
    before = _files(compared)
    said = call("reproduce", compared, "--json")
    assert said.code == 0
    told = json.loads(said.out)
    assert told["verdict"] == "identical"
    assert {(one["solver"], one["seed"]) for one in told["deviations"]} == {
        (solver, seed) for solver in ("er", "HIO & ER") for seed in range(3)
    }
    assert _files(compared) == before


def test_a_training_is_identical_tensor_by_tensor(tmp_path) -> None:
    run(toys.recipe(), out=tmp_path / "out")
    found = reproduce(tmp_path / "out")
    assert found.verdict == "identical"
    assert len(found.deviations) > 5
    assert {"figures": "validation"} in [one.what for one in found.deviations]


def test_the_second_run_is_kept_where_it_is_wanted_and_can_be_reproduced_itself(solved, tmp_path) -> None:
    found = reproduce(solved, tmp_path / "again")
    assert found.out == tmp_path / "again"
    assert (tmp_path / "again" / "result.cxi").is_file()
    assert reproduce(tmp_path / "again").verdict == "identical"
    with pytest.raises(InputError, match="not an empty folder; choose another one with --out"):
        reproduce(solved, tmp_path / "again")


def test_the_split_of_the_first_run_is_used_and_not_a_new_one(solved, tmp_path) -> None:
    resolved = (solved / "resolved.yaml").read_text()
    assert "batch: 2\n" in resolved
    (solved / "resolved.yaml").write_text(resolved.replace("batch: 2\n", "batch: 3\n"))
    assert reproduce(solved, tmp_path / "again").verdict == "identical"
    assert json.loads((tmp_path / "again" / "run.json").read_text())["plan"]["batches"] == [[0, 1], [2]]


@pytest.mark.parametrize(
    ("change", "verdict", "code"),
    [(lambda v: v * (1 + 1e-6), "within tolerance", 0), (lambda v: np.flip(v, 1) ** 2, "different", 1)],
)
def test_an_outcome_that_was_tampered_with_is_told_by_its_seed(solved, call, change, verdict, code) -> None:
    _tamper(solved / "batches" / "0001-done.h5", change)
    said = call("reproduce", solved)
    assert said.code == code
    *lines, summary = said.out.splitlines()
    assert summary.startswith(f"{verdict}: of 3 starts 2 identical, 1 {verdict} (tolerance: chi2 to 0.001")
    (line,) = (line for line in lines if line.startswith("seed"))
    assert line.startswith(f"seed 2: {verdict}: values differ by up to")


def test_a_unit_of_a_comparison_that_was_tampered_with_is_told_by_its_solver(compared) -> None:
    (file,) = compared.glob("units/*/01-*/batches/0001-done.h5")
    _tamper(file, lambda v: ~v, "alive")
    found = reproduce(compared)
    (deviation,) = (one for one in found.deviations if not one.identical)
    assert deviation.what == {"problem": "problem", "solver": "HIO & ER", "seed": 2}
    assert found.verdict == "different"
    assert "failed then (its solver gave up)" in deviation.line()


def test_the_rank_and_the_agreement_decide_what_is_within_tolerance(made) -> None:
    then, now = (outcome_in(made(SOLVE), 0) for _ in range(2))
    values = now.final["chi2"]

    def verdicts() -> list[str]:
        return [one.verdict for one in of_starts({}, then.seeds, (then, now), "chi2")]

    assert verdicts() == ["identical", "identical"]
    values[0] *= 1.0009
    assert verdicts() == ["within tolerance", "identical"]
    values[0] *= 1.01
    assert verdicts() == ["different", "identical"]
    now.object[1] = torch.roll(now.object[1], 3, 0)  # which the data cannot fix
    assert verdicts() == ["different", "within tolerance"]
    now.object[1, 0, 0] = torch.nan
    now.alive[1] = False
    assert verdicts() == ["different", "different"]
    then.alive[1] = False
    assert verdicts() == ["different", "within tolerance"]
    gone = [one.verdict for one in of_starts({}, then.seeds, ("it hung", "it raised"), "chi2")]
    assert gone == ["identical", "identical"]
    assert next(of_starts({}, then.seeds, (then, "it raised"), "chi2")).verdict == "different"


def test_what_differs_in_versions_and_machine_is_listed(solved, call) -> None:
    def change(info: dict[str, Any]) -> None:
        info["environment"]["packages"]["torch"] = "1.0"
        info["environment"]["plugins"]["another"] = "3.2"
        info["environment"] |= {"machine": "elsewhere", "gpus": ["X1", "X1"], "commit": "abc+changes", "date": "1999"}
        info["plan"]["device"] = "cuda:0" if not torch.cuda.is_available() else "cpu"

    _edit(solved, change)
    lines = call("reproduce", solved).out.splitlines()
    assert f"torch: 1.0 -> {torch.__version__}" in lines
    assert "plugins of another: 3.2 -> not there" in lines
    assert any(line.startswith("machine: elsewhere -> ") for line in lines)
    assert any(line.startswith("gpus: X1, X1 -> ") for line in lines)
    assert any(line.startswith("device: cuda:0 -> cpu") for line in lines) or torch.cuda.is_available()
    assert any("made by an edited phasekit (abc+changes)" in line for line in lines)
    assert not any("1999" in line for line in lines)


def test_a_file_that_changed_is_named_and_nothing_is_run(made, tmp_path, call) -> None:
    folder = Path(shutil.copytree(made(SOLVE).parent, tmp_path / "whole")) / "out"
    data = tmp_path / "data.npy"
    shutil.copy(folder.parent / "data.npy", data)
    _edit(folder, lambda info: info["inputs"]["source.path"].update(path=str(data)))
    np.save(data, np.ones((18, 16)))
    (folder / "plugins" / "own.py").write_text(OWN + "\n# edited\n")
    said = call("reproduce", folder)
    assert said.code == 2
    first, second, last = said.err.splitlines()
    assert {first.split(" ")[0], second.split(" ")[0]} == {"source.path:", "plugins.0:"}
    assert "has changed since (SHA-256" in first
    assert last.endswith("nothing was run")
    data.unlink()
    assert f"source.path: {data} is not there any more" in call("reproduce", folder).err


def test_a_run_that_is_not_finished_is_refused_with_the_command_that_finishes_it(compared, solved) -> None:
    for folder, command in (
        (compared, f"phasekit run {compared}/resolved.yaml --out {compared} --resume"),
        (solved, "phasekit run with the recipe that it was begun with, and --resume"),
    ):
        _edit(folder, lambda info: info.update(status="interrupted"))
        with pytest.raises(InputError) as caught:
            reproduce(folder)
        assert (
            str(caught.value) == f"{folder} holds a run that is not finished (interrupted); finish it first: {command}"
        )
    run(compared / "resolved.yaml", out=compared, resume=True)  # the command is right
    assert json.loads((compared / "run.json").read_text())["status"] == "done"


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda out: shutil.rmtree(out), "holds no run"),
        (lambda out: (out / "run.json").write_text("{"), "run.json is damaged"),
        (lambda out: (out / "resolved.yaml").unlink(), "resolved.yaml: cannot be read"),
        (lambda out: (out / "batches" / "0001-done.h5").unlink(), "what batch 1 left is not there any more"),
        (lambda out: (out / "batches" / "0001-done.h5").write_bytes(b"x"), "0001-done.h5 is damaged"),
        (lambda out: _edit(out, lambda info: info["plan"].update(batches=[[0], [2]])), "batch 0 holds other seeds"),
        (lambda out: _edit(out, lambda info: info.pop("plan")), "does not tell how the seeds were split"),
        (lambda out: _edit(out, lambda info: info["plan"].pop("threads")), "does not tell the threads"),
        (
            lambda out: _edit(out, lambda info: info["plan"].update(batches=3)),
            "how the seeds were split cannot be read",
        ),
    ],
)
def test_a_damaged_folder_is_told_in_a_sentence(solved, call, spoil, sentence) -> None:
    spoil(solved)
    said = call("reproduce", solved)
    assert said.code == 2
    assert sentence in said.err
    assert len(said.err.splitlines()) == 1


def test_a_budget_in_seconds_is_said_not_to_be_reproducible(compared) -> None:
    resolved = (compared / "resolved.yaml").read_text()
    assert "budget: null\n" in resolved
    (compared / "resolved.yaml").write_text(resolved.replace("budget: null\n", "budget: {seconds: 1.0e-9}\n"))
    found = reproduce(compared)
    assert any("cannot be reproduced bit for bit" in note for note in found.notes)
    assert {one.steps[1] for one in found.deviations} == {1}
    assert all("steps" in one.line() for one in found.deviations)
    assert json.dumps(found.plain(), allow_nan=False)
