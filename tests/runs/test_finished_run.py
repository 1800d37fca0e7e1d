"""A run folder is read back with all that it was made from; what is missing, changed or damaged is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from phasekit import InputError, reproduce, run

from ..conftest import Said
from .finished import OWN, SOLVE, edit

pytestmark = pytest.mark.usefixtures("no_pictures")


def test_a_file_that_changed_is_named_and_nothing_is_run(
    made: Callable[[str], Path], tmp_path: Path, call: Callable[..., Said]
) -> None:
    folder = Path(shutil.copytree(made(SOLVE).parent, tmp_path / "whole")) / "out"
    data = tmp_path / "data.npy"
    shutil.copy(folder.parent / "data.npy", data)
    edit(folder, lambda info: info["inputs"]["source.path"].update(path=str(data)))
    np.save(data, np.ones((18, 16)))
    (folder / "plugins" / "own.py").write_text(OWN + "\n# edited\n")
    said = call("reproduce", folder)
    assert said.code == 2
    first, second, last = said.err.splitlines()
    assert {first.split(" ")[0], second.split(" ")[0]} == {"source.path:", "plugins.0:"}
    assert "has changed (SHA-256" in first
    assert last.endswith("nothing was run")
    data.unlink()
    assert f"source.path: {data} no longer exists" in call("reproduce", folder).err


def test_a_run_that_is_not_finished_is_refused_with_the_command_that_finishes_it(compared: Path, solved: Path) -> None:
    for folder, command in (
        (compared, f"phasekit run {compared}/resolved.yaml --out {compared} --resume"),
        (solved, "phasekit run with its original recipe, and --resume"),
    ):
        edit(folder, lambda info: info.update(status="interrupted"))
        with pytest.raises(InputError) as caught:
            reproduce(folder)
        assert str(caught.value) == f"{folder} holds an unfinished run (interrupted); finish it first: {command}"
    run(compared / "resolved.yaml", out=compared, resume=True)  # the command is right
    assert json.loads((compared / "run.json").read_text())["status"] == "done"


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda out: shutil.rmtree(out), "is not a run folder"),
        (lambda out: (out / "run.json").write_text("{"), "run.json is damaged"),
        (lambda out: (out / "resolved.yaml").unlink(), "resolved.yaml: cannot be read"),
        (lambda out: (out / "batches" / "0001-done.h5").unlink(), "the outcome of batch 1 no longer exists"),
        (lambda out: (out / "batches" / "0001-done.h5").write_bytes(b"x"), "0001-done.h5 is damaged"),
        (lambda out: edit(out, lambda info: info["plan"].update(batches=[[0], [2]])), "batch 0 holds other seeds"),
        (lambda out: edit(out, lambda info: info.pop("plan")), "lacks the batches of seeds"),
        (lambda out: edit(out, lambda info: info["plan"].pop("threads")), "lacks the number of threads"),
        (
            lambda out: edit(out, lambda info: info["plan"].update(batches=3)),
            "the batches of seeds cannot be read",
        ),
    ],
)
def test_a_damaged_folder_is_reported_in_a_sentence(
    solved: Path, call: Callable[..., Said], spoil: Callable[[Path], object], sentence: str
) -> None:
    spoil(solved)
    said = call("reproduce", solved)
    assert said.code == 2
    assert sentence in said.err
    assert len(said.err.splitlines()) == 1
