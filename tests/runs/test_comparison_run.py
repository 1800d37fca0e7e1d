"""A comparison in a folder: shared between processes, kept unit by unit, and the same after any kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from phasekit import InputError, run
from phasekit.recipes.loader import load
from phasekit.runs.comparison_run import threads_on_cluster

from ..compared import same
from .by_task import run_compare

BAD = Path(__file__).parents[1] / "bad_solvers.py"

RECIPE = """\
task: compare
source: {name: simulation, generator: superellipsoid, shape: [28, 30], seed: 3, photons: 1.0e5}
solvers:
  er: {name: er, steps: 400}
  HIO & <ER>:
    - repeat: 20
      solvers: [{name: hio, steps: 30}, {name: shrinkwrap, threshold: 0.1}]
    - {name: er, steps: 40}
seeds: 6
batch: 2
device: cpu
"""


pytestmark = pytest.mark.usefixtures("without_comparison_report")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, without_comparison_report: None) -> Path:
    """Return the folder of a comparison that was left alone."""
    folder = tmp_path_factory.mktemp("alone")
    (folder / "recipe.yaml").write_text(RECIPE)
    run(folder / "recipe.yaml", out=folder / "out")
    return folder


def test_a_folder_has_every_start_and_all_figures(alone: Path) -> None:
    out = alone / "out"
    told = json.loads((out / "comparison.json").read_text())
    assert set(told["pooled"]["solvers"]) == {"er", "HIO & <ER>"}
    assert told["pooled"]["solvers"]["er"]["starts"] == 6
    assert len((out / "seeds.csv").read_text().splitlines()) == 13
    info = json.loads((out / "run.json").read_text())
    assert info["status"] == "done"
    assert info["ranking"] == told["ranking"]


def test_a_finished_comparison_is_read_back(alone: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (alone / "out").rglob("*-done.h5")}
    again = run_compare(alone / "recipe.yaml", out=alone / "out")
    assert {path: path.stat().st_mtime_ns for path in before} == before
    told = json.loads((alone / "out" / "comparison.json").read_text())
    assert list(again.ranking()) == told["ranking"]


def test_three_processes_of_one_thread_end_as_one(alone: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(RECIPE + "workers: 3\n")
    was = torch.get_num_threads()
    torch.set_num_threads(was * 3)
    try:
        run(recipe, out=tmp_path / "out")
    finally:
        torch.set_num_threads(was)
    assert json.loads((tmp_path / "out" / "run.json").read_text())["threads"] == was
    assert same(recipe, tmp_path / "out", alone)


DRIVER = """\
import sys, torch
from phasekit import run
from phasekit.runs import comparison_run
comparison_run.write_comparison_report = lambda path, *rest: path.write_text("report")
torch.set_num_threads(int(sys.argv[4]))
run(sys.argv[1], out=sys.argv[2], resume=sys.argv[3] == "resume")
"""


def _started(recipe: Path, out: Path, word: str = "new") -> subprocess.Popen[bytes]:
    threads = str(torch.get_num_threads())
    return subprocess.Popen([sys.executable, "-c", DRIVER, str(recipe), str(out), word, threads])


def _until(out: Path, pattern: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 90
    while not list(out.rglob(pattern)):
        assert time.monotonic() < end
        assert process.poll() is None
        time.sleep(0.01)


def _children(parent: int) -> list[int]:
    found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(child) for child in found]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for child processes in /proc")
def test_a_process_that_is_killed_is_replaced_and_all_ends_bit_identically(alone: Path, tmp_path: Path) -> None:
    recipe, out = tmp_path / "recipe.yaml", tmp_path / "out"
    recipe.write_text(RECIPE)
    with _started(recipe, out) as process:
        _until(out, "0000-done.h5", process)
        for child in _children(process.pid):
            os.kill(child, signal.SIGKILL)
        assert process.wait(120) == 0
    assert same(recipe, out, alone)


@pytest.mark.parametrize("sign", ["plan.json", "0000-done.h5", "0001-done.h5"])
def test_a_comparison_that_is_killed_goes_on_and_ends_bit_identically(alone: Path, tmp_path: Path, sign: str) -> None:
    recipe, out = tmp_path / "recipe.yaml", tmp_path / "out"
    recipe.write_text(RECIPE)
    with _started(recipe, out) as process:
        _until(out, sign, process)
        process.kill()
    done = {path: path.stat().st_mtime_ns for path in out.rglob("*-done.h5")}
    with pytest.raises(InputError, match="--resume continues"):
        run(recipe, out=out)
    time.sleep(1)  # its worker sees that it is alone
    with _started(recipe, out, "resume") as process:
        assert process.wait(120) == 0
    assert {path: path.stat().st_mtime_ns for path in done} == done
    assert same(recipe, out, alone)


def test_a_solver_that_hangs_or_fails_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    bad = "  hangs: hangs\n  raises: raises\n  nothing: gives-nothing\nseeds: 2\nlimit_s: 8\n"
    text = RECIPE.replace("seeds: 6\n", bad).replace("steps: 400", "steps: 10").replace("repeat: 20", "repeat: 1")
    recipe.write_text(text + f"plugins: [{BAD}]\n")
    found = run_compare(recipe, out=tmp_path / "out")
    reasons = {e.solver: e.refusal or next(iter(e.failures.values()), "") for e in found.entries}
    assert "it took longer than the limit of 8 s" in reasons["hangs"]
    assert "division of nothing" in reasons["raises"]
    assert "not a number" in reasons["nothing"]
    assert reasons["er"] == ""
    assert found.ranking()[0] in ("er", "HIO & <ER>")
    assert "took longer" in (tmp_path / "out" / "seeds.csv").read_text() + (tmp_path / "out" / "run.log").read_text()


def test_a_folder_with_another_comparison_is_refused(alone: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(RECIPE.replace("seeds: 6", "seeds: 5"))
    with pytest.raises(InputError, match="another recipe"):
        run(recipe, out=alone / "out")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("  er: {name: er, steps: 400}\n", ""), None),
        (("name: er, steps: 400", "name: err"), "F:4: solvers.er: no solver is called 'err'; did you mean er"),
        (("solvers:\n", "solver: er\nsolvers:\n"), "F:3: a recipe has no option 'solver'; did you mean solvers?"),
        (("seeds: 6", "budget: {step: 3}"), "F:9: budget: budget has no option 'step'; did you mean steps?"),
        (("seeds: 6", "workers: 0"), "F:9: workers: should be greater than or equal to 1, got 0"),
        (("HIO & <ER>:", "er:"), "F:5: "),
    ],
)
def test_a_wrong_recipe_is_answered_with_file_line_and_place(
    tmp_path: Path, change: tuple[str, str], sentence: str | None
) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(RECIPE.replace(*change))
    if sentence is None:
        assert load(recipe).recipe.task == "compare"
        return
    with pytest.raises(InputError) as caught:
        load(recipe)
    assert str(caught.value).replace(str(recipe), "F").startswith(sentence)


@pytest.mark.parametrize(("said", "threads"), [(None, 1), ("1", 1), ("3", 3), ("4,2", 4), ("0", 1), ("many", 1)])
def test_on_a_cluster_the_environment_says_how_many_threads_whatever_torch_has_here(
    monkeypatch: pytest.MonkeyPatch, said: str | None, threads: int
) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: 7)
    if said is None:
        monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    else:
        monkeypatch.setenv("OMP_NUM_THREADS", said)
    assert threads_on_cluster() == threads
