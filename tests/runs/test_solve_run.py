"""A run leaves a folder that says what was run, knows when it is finished, and belongs to one recipe."""

from __future__ import annotations

import csv
import fcntl
import hashlib
import json
from importlib import import_module
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from phasekit import InputError, Observer, RunError, run
from phasekit.recipes.loader import load

running = import_module("phasekit.runs.solve_run")
pytestmark = pytest.mark.usefixtures("without_pictures")


class Stop(Observer):
    """Interrupts a run at its n-th look."""

    def __init__(self, looks: int) -> None:
        self.left = looks

    def moved(self, progress: object, done: int) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


def _content(folder: Path) -> dict[str, tuple[int, str]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def _interrupted(path: Path, out: Path, looks: int = 3) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(path, out=out, observer=Stop(looks))


def test_a_finished_folder_holds_everything_that_was_promised(recipe, tmp_path) -> None:
    result = run(recipe(), out=tmp_path / "out")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"recipe.yaml", "resolved.yaml", "run.json", "run.log", "history.csv", "result.cxi", "batches"} <= names
    assert not any(path.name.startswith(".") and path.name != ".lock" for path in (tmp_path / "out").rglob("*"))
    assert (tmp_path / "out" / "recipe.yaml").read_text() == recipe().read_text()
    with h5py.File(tmp_path / "out" / "result.cxi") as file:
        stored = file["entry_1/image_1/data"][()]
    np.testing.assert_array_equal(stored.reshape(result.best.shape), result.best.numpy())


def test_run_json_says_what_was_run_on_what(recipe, tmp_path) -> None:
    result = run(recipe(), out=tmp_path / "out", sets=["seeds=[4, 2]"])
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


def test_history_tells_every_metric_of_every_seed(recipe, tmp_path) -> None:
    result = run(recipe(), out=tmp_path / "out")
    with (tmp_path / "out" / "history.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    assert list(rows[0]) == ["seed", "step", "seconds", "chi2", "r-factor"]
    assert len(rows) == len(result.history) == 2 * 40
    last = {int(row["seed"]): float(row["chi2"]) for row in rows if row["step"] == "40"}
    for seed, chi2 in zip(result.seeds, result.final["chi2"], strict=True):
        assert last[seed] == pytest.approx(float(chi2), rel=1e-6)


def test_a_finished_run_is_read_back_and_nothing_is_written(recipe, tmp_path) -> None:
    first = run(recipe(), out=tmp_path / "out")
    before = _content(tmp_path / "out")
    again = run(recipe(), out=tmp_path / "out")
    assert torch.equal(again.object, first.object)
    assert again.seeds == first.seeds
    assert _content(tmp_path / "out") == before


def test_force_runs_again_and_gives_the_same_bits(recipe, tmp_path) -> None:
    first = run(recipe(), out=tmp_path / "out")
    started = (tmp_path / "out" / "batches" / "0000-done.h5").stat().st_mtime_ns
    (tmp_path / "out" / "mine.txt").write_text("kept")
    again = run(recipe(), out=tmp_path / "out", force=True)
    assert (tmp_path / "out" / "batches" / "0000-done.h5").stat().st_mtime_ns > started
    assert torch.equal(again.object, first.object)
    assert (tmp_path / "out" / "mine.txt").read_text() == "kept"
    assert (tmp_path / "out" / "run.log").read_text().count("started") == 1


def test_running_again_clears_what_a_kill_left_and_no_file_of_the_users(recipe, tmp_path) -> None:
    out = tmp_path / "out"
    run(recipe(), out=out)
    for name in (".notes.txt", ".result.cxi.4711", "batches/.0000-state.h5.4711"):
        (out / name).write_text("mine")
    run(recipe(), out=out, force=True)
    assert [path.name for path in out.rglob(".*") if path.name != ".lock"] == [".notes.txt"]


def test_the_resolved_recipe_runs_to_the_same_bits(recipe, tmp_path) -> None:
    first = run(recipe(), out=tmp_path / "out")
    again = run(tmp_path / "out" / "resolved.yaml", out=tmp_path / "again")
    assert torch.equal(again.object, first.object)


def test_another_recipe_is_refused_and_changes_nothing(recipe, tmp_path) -> None:
    run(recipe(), out=tmp_path / "out")
    before = _content(tmp_path / "out")
    for options in ({}, {"resume": True}):
        with pytest.raises(InputError, match="holds the run of another recipe"):
            run(recipe(), out=tmp_path / "out", sets=["seeds=3"], **options)
    assert _content(tmp_path / "out") == before
    assert len(run(recipe(), out=tmp_path / "out", sets=["seeds=3"], force=True).seeds) == 3


def test_another_content_of_an_input_file_is_another_recipe(recipe, tmp_path) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "data.npy", rng.poisson(5, (12, 12)))
    path = recipe("source: {name: numpy, path: data.npy}\nsolver: {name: er, steps: 3}\n")
    run(path, out=tmp_path / "out")
    inputs = json.loads((tmp_path / "out" / "run.json").read_text())["inputs"]
    digest = hashlib.sha256((tmp_path / "data.npy").read_bytes()).hexdigest()
    assert inputs == {"source.path": {"path": str(tmp_path / "data.npy"), "sha256": digest}}
    assert f"# source.path: sha256 {digest}" in (tmp_path / "out" / "resolved.yaml").read_text()
    np.save(tmp_path / "data.npy", rng.poisson(5, (12, 12)))
    with pytest.raises(InputError, match="another recipe"):
        run(path, out=tmp_path / "out")


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_of_other_things_is_never_touched(recipe, tmp_path, force) -> None:
    out = tmp_path / "thesis"
    (out / "figures").mkdir(parents=True)
    (out / "figures" / "one.png").touch()
    (out / "report.html").touch()
    before = _content(out)
    with pytest.raises(InputError, match="is not empty and holds no run"):
        run(recipe(), out=out, force=force)
    assert _content(out) == before


def test_an_empty_folder_is_taken(recipe, tmp_path) -> None:
    (tmp_path / "out").mkdir()
    run(recipe(), out=tmp_path / "out")
    assert (tmp_path / "out" / "run.json").is_file()


@pytest.mark.parametrize("left", [(), ("recipe.yaml",), ("recipe.yaml", "resolved.yaml", ".run.json.123")])
def test_a_run_killed_before_its_first_record_starts_again(recipe, tmp_path, left) -> None:
    for name in ("batches/", ".lock", *left):
        path = tmp_path / "out" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir() if name.endswith("/") else path.write_text("half")
    assert run(recipe(), out=tmp_path / "out").status == "done"
    assert not (tmp_path / "out" / ".run.json.123").exists()


def test_a_file_is_no_folder(recipe, tmp_path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(InputError, match="is a file; choose another folder"):
        run(recipe(), out=tmp_path / "out")


def test_a_folder_that_cannot_be_made_is_refused(recipe, tmp_path) -> None:
    (tmp_path / "file").touch()
    for out in (tmp_path / "file" / "out", Path("/proc/nothing/out")):
        with pytest.raises(InputError, match="cannot be written to"):
            run(recipe(), out=out)


def test_a_running_run_keeps_others_out(recipe, tmp_path) -> None:
    _interrupted(recipe(), tmp_path / "out")
    with (tmp_path / "out" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = _content(tmp_path / "out")
        for options in ({"resume": True}, {"force": True}):
            with pytest.raises(InputError, match="another process is running here"):
                run(recipe(), out=tmp_path / "out", **options)
        assert _content(tmp_path / "out") == before
    run(recipe(), out=tmp_path / "out", resume=True)


def test_an_unfinished_run_goes_on_only_when_told_to(recipe, tmp_path) -> None:
    _interrupted(recipe(), tmp_path / "out", looks=17)
    assert json.loads((tmp_path / "out" / "run.json").read_text())["status"] == "interrupted"
    with pytest.raises(InputError, match="holds an unfinished run; --resume goes on"):
        run(recipe(), out=tmp_path / "out")
    resumed = run(recipe(), out=tmp_path / "out", resume=True)
    log = (tmp_path / "out" / "run.log").read_text()
    assert "goes on from the checkpoint at step 16" in log or "goes on from the checkpoint at step 17" in log
    alone = run(recipe(), out=tmp_path / "alone")
    assert torch.equal(resumed.object, alone.object)
    assert [(row.seed, row.step, row.metrics) for row in resumed.history] == [
        (row.seed, row.step, row.metrics) for row in alone.history
    ]


def test_finished_batches_are_not_repeated(recipe, tmp_path) -> None:
    text = recipe().read_text().replace("batch: 2", "batch: 1")
    _interrupted(recipe(text), tmp_path / "out", looks=50)
    done = tmp_path / "out" / "batches" / "0000-done.h5"
    before = done.stat().st_mtime_ns
    resumed = run(recipe(text), out=tmp_path / "out", resume=True)
    assert done.stat().st_mtime_ns == before
    assert (tmp_path / "out" / "run.log").read_text().count("batch 0 done") == 1
    assert torch.equal(resumed.object, run(recipe(text), out=tmp_path / "alone").object)


def test_a_resumed_run_keeps_its_split(recipe, tmp_path, monkeypatch) -> None:
    text = recipe().read_text().replace("batch: 2\n", "")
    _interrupted(recipe(text), tmp_path / "out")
    plan = json.loads((tmp_path / "out" / "run.json").read_text())["plan"]
    monkeypatch.setenv("PHASEKIT_CACHE", str(tmp_path / "empty"))
    monkeypatch.setattr("phasekit.solving.batches._time_steps", lambda *_: pytest.fail("it measured again"))
    run(recipe(text), out=tmp_path / "out", resume=True)
    assert json.loads((tmp_path / "out" / "run.json").read_text())["plan"] == plan


def test_the_threads_are_set_again_before_the_data_are_made(recipe, tmp_path, monkeypatch) -> None:
    _interrupted(recipe(), tmp_path / "out")
    seen, original, before = [], running.prepare_loaded, torch.get_num_threads()
    monkeypatch.setattr(
        running, "prepare_loaded", lambda loaded: (seen.append(torch.get_num_threads()), original(loaded))[1]
    )
    try:
        torch.set_num_threads(before + 1)
        run(recipe(), out=tmp_path / "out", resume=True)
    finally:
        torch.set_num_threads(before)
    assert seen == [before]


def test_a_run_that_fails_says_so_in_its_record(recipe, tmp_path) -> None:
    text = recipe().read_text().replace("{name: er, steps: 10}", "{name: shrinkwrap, threshold: 1, sigma: 0}")
    with pytest.raises(RunError, match="every start failed"):
        run(recipe(text), out=tmp_path / "out")
    assert json.loads((tmp_path / "out" / "run.json").read_text())["status"] == "failed"
    assert "every start failed" in (tmp_path / "out" / "run.log").read_text()


OWN = '''
from typing import Literal
from phasekit import Iterative

class Own{n}(Iterative):
    """Halve the object."""

    name: Literal["own-{n}"] = "own-{n}"

    def step(self, problem, state):
        """Return half of the object."""
        return state.object / 2
'''


def test_plugin_files_are_kept_beside_the_recipe_that_names_the_copies(recipe, tmp_path) -> None:
    for n in (1, 2):
        (tmp_path / str(n)).mkdir()
        (tmp_path / str(n) / "own.py").write_text(OWN.format(n=n))
    text = recipe().read_text().replace("{name: er, steps: 10}", "own-1\n  - own-2")
    run(recipe(text + "plugins: [1/own.py, 2/own.py]\n"), out=tmp_path / "out")
    resolved = load(tmp_path / "out" / "resolved.yaml").recipe
    assert [path.parent for path in resolved.plugins] == [tmp_path / "out" / "plugins"] * 2
    assert [path.read_text() for path in resolved.plugins] == [OWN.format(n=n) for n in (1, 2)]


def test_a_resolved_recipe_can_replace_its_own_run(recipe, tmp_path) -> None:
    (tmp_path / "own.py").write_text(OWN.format(n=3))
    text = recipe().read_text().replace("{name: er, steps: 10}", "{name: own-3, steps: 2}")
    first = run(recipe(text + "plugins: [own.py]\n"), out=tmp_path / "out")
    (tmp_path / "own.py").unlink()
    again = run(tmp_path / "out" / "resolved.yaml", force=True)
    assert torch.equal(again.object, first.object)
    assert (tmp_path / "out" / "plugins" / "own.py").read_text() == OWN.format(n=3)
