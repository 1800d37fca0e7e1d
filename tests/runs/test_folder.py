"""A run folder belongs to one recipe and one process, keeps what is not its own, and is never half-begun."""

from __future__ import annotations

import fcntl
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from phasekit import InputError
from phasekit.recipes.loader import load

from .by_task import run_solve
from .stopping import content, interrupted

pytestmark = pytest.mark.usefixtures("without_pictures")


def test_force_runs_again_and_gives_the_same_bits(recipe: Callable[..., Path], tmp_path: Path) -> None:
    first = run_solve(recipe(), out=tmp_path / "out")
    started = (tmp_path / "out" / "batches" / "0000-done.h5").stat().st_mtime_ns
    (tmp_path / "out" / "mine.txt").write_text("kept")
    again = run_solve(recipe(), out=tmp_path / "out", force=True)
    assert (tmp_path / "out" / "batches" / "0000-done.h5").stat().st_mtime_ns > started
    assert torch.equal(again.object, first.object)
    assert (tmp_path / "out" / "mine.txt").read_text() == "kept"
    assert (tmp_path / "out" / "run.log").read_text().count("started") == 1


def test_running_again_clears_what_a_kill_left_and_no_file_of_the_users(
    recipe: Callable[..., Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run_solve(recipe(), out=out)
    for name in (".notes.txt", ".result.cxi.4711", "batches/.0000-state.h5.4711"):
        (out / name).write_text("mine")
    run_solve(recipe(), out=out, force=True)
    assert [path.name for path in out.rglob(".*") if path.name != ".lock"] == [".notes.txt"]


def test_another_recipe_is_refused_and_changes_nothing(recipe: Callable[..., Path], tmp_path: Path) -> None:
    run_solve(recipe(), out=tmp_path / "out")
    before = content(tmp_path / "out")
    for options in ({}, {"resume": True}):
        with pytest.raises(InputError, match="holds the run of another recipe"):
            run_solve(recipe(), out=tmp_path / "out", sets=["seeds=3"], **options)
    assert content(tmp_path / "out") == before
    assert len(run_solve(recipe(), out=tmp_path / "out", sets=["seeds=3"], force=True).seeds) == 3


def test_another_content_of_an_input_file_is_another_recipe(recipe: Callable[..., Path], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "data.npy", rng.poisson(5, (12, 12)))
    path = recipe("source: {name: numpy, path: data.npy}\nsolver: {name: er, steps: 3}\n")
    run_solve(path, out=tmp_path / "out")
    inputs = json.loads((tmp_path / "out" / "run.json").read_text())["inputs"]
    digest = hashlib.sha256((tmp_path / "data.npy").read_bytes()).hexdigest()
    assert inputs == {"source.path": {"path": str(tmp_path / "data.npy"), "sha256": digest}}
    assert f"# source.path: sha256 {digest}" in (tmp_path / "out" / "resolved.yaml").read_text()
    np.save(tmp_path / "data.npy", rng.poisson(5, (12, 12)))
    with pytest.raises(InputError, match="another recipe"):
        run_solve(path, out=tmp_path / "out")


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_of_other_things_is_never_touched(recipe: Callable[..., Path], tmp_path: Path, force: bool) -> None:
    out = tmp_path / "thesis"
    (out / "figures").mkdir(parents=True)
    (out / "figures" / "one.png").touch()
    (out / "report.html").touch()
    before = content(out)
    with pytest.raises(InputError, match="is not empty and is not a run folder"):
        run_solve(recipe(), out=out, force=force)
    assert content(out) == before


def test_an_empty_folder_is_taken(recipe: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    run_solve(recipe(), out=tmp_path / "out")
    assert (tmp_path / "out" / "run.json").is_file()


@pytest.mark.parametrize("left", [(), ("recipe.yaml",), ("recipe.yaml", "resolved.yaml", ".run.json.123")])
def test_a_run_killed_before_its_first_record_starts_again(
    recipe: Callable[..., Path], tmp_path: Path, left: tuple[str, ...]
) -> None:
    for name in ("batches/", ".lock", *left):
        path = tmp_path / "out" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir() if name.endswith("/") else path.write_text("half")
    assert run_solve(recipe(), out=tmp_path / "out").status == "done"
    assert not (tmp_path / "out" / ".run.json.123").exists()


def test_a_file_is_no_folder(recipe: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(InputError, match="is a file; choose another folder"):
        run_solve(recipe(), out=tmp_path / "out")


def test_a_folder_that_cannot_be_made_is_refused(recipe: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for out in (tmp_path / "file" / "out", Path("/proc/nothing/out")):
        with pytest.raises(InputError, match="cannot be written to"):
            run_solve(recipe(), out=out)


def test_a_running_run_keeps_others_out(recipe: Callable[..., Path], tmp_path: Path) -> None:
    interrupted(recipe(), tmp_path / "out")
    with (tmp_path / "out" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = content(tmp_path / "out")
        for options in ({"resume": True}, {"force": True}):
            with pytest.raises(InputError, match="another process is running here"):
                run_solve(recipe(), out=tmp_path / "out", **options)
        assert content(tmp_path / "out") == before
    run_solve(recipe(), out=tmp_path / "out", resume=True)


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


def test_plugin_files_are_kept_beside_the_recipe_that_names_the_copies(
    recipe: Callable[..., Path], tmp_path: Path
) -> None:
    for n in (1, 2):
        (tmp_path / str(n)).mkdir()
        (tmp_path / str(n) / "own.py").write_text(OWN.format(n=n))
    text = recipe().read_text().replace("{name: er, steps: 10}", "own-1\n  - own-2")
    run_solve(recipe(text + "plugins: [1/own.py, 2/own.py]\n"), out=tmp_path / "out")
    resolved = load(tmp_path / "out" / "resolved.yaml").recipe
    assert [path.parent for path in resolved.plugins] == [tmp_path / "out" / "plugins"] * 2
    assert [path.read_text() for path in resolved.plugins] == [OWN.format(n=n) for n in (1, 2)]


def test_a_resolved_recipe_can_replace_its_own_run(recipe: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OWN.format(n=3))
    text = recipe().read_text().replace("{name: er, steps: 10}", "{name: own-3, steps: 2}")
    first = run_solve(recipe(text + "plugins: [own.py]\n"), out=tmp_path / "out")
    (tmp_path / "own.py").unlink()
    again = run_solve(tmp_path / "out" / "resolved.yaml", force=True)
    assert torch.equal(again.object, first.object)
    assert (tmp_path / "out" / "plugins" / "own.py").read_text() == OWN.format(n=3)
