"""A training leaves a run folder, stops for now or for good, and ends the same however often it was stopped."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from phasekit.runtime.yaml_reader import dump
from phasekit.training.validation import validate

from .. import toys
from ..keeping import same
from .by_task import run_train


def test_a_training_leaves_a_run_folder_and_is_known_to_be_finished(tmp_path: Path) -> None:
    run_train(toys.recipe(), out=tmp_path / "run")
    there = {path.name for path in (tmp_path / "run").iterdir()}
    assert {"weights.safetensors", "history.csv", "report.html", "resolved.yaml", "run.json"} <= there
    info = json.loads((tmp_path / "run" / "run.json").read_text())
    assert info["status"] == "done"
    before = load_file(tmp_path / "run" / "weights.safetensors")
    again = run_train(toys.recipe(), out=tmp_path / "run")
    assert same(before, dict(again.weights.tensors))


def test_minutes_that_are_up_stop_for_now_and_resume_ends_the_same(tmp_path: Path) -> None:
    whole = run_train(toys.recipe(epochs=3), out=tmp_path / "whole")
    told = toys.recipe(epochs=3, minutes=1e-9)
    first = run_train(told, out=tmp_path / "parts")
    assert not first.finished
    # Another number of minutes is no other training.
    told["training"]["minutes"] = 2e-9
    while not (found := run_train(told, out=tmp_path / "parts", resume=True)).finished:
        pass
    assert same(whole.weights.tensors, found.weights.tensors)


def test_a_training_that_is_killed_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    told = toys.recipe(samples=400, validation=0.05, epochs=8)
    recipe = tmp_path / "train.yaml"
    recipe.write_text(dump(told), encoding="utf-8")
    code = (
        "import sys, phasekit.runs.training_recorder as r\n"
        "r.CHECKPOINT_S = 0.0\n"
        "from phasekit.runs.run import run\n"
        "run(sys.argv[1], out=sys.argv[2], resume=True)\n"
    )
    command = [sys.executable, "-c", code, str(recipe)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    going = subprocess.Popen([*command, str(tmp_path / "killed")], env=environment, stderr=subprocess.PIPE)
    log, until = tmp_path / "killed" / "run.log", time.monotonic() + 120
    while time.monotonic() < until and not (log.is_file() and "kept, step" in log.read_text()):
        assert going.poll() is None, going.stderr
        time.sleep(0.05)
    going.send_signal(signal.SIGKILL)
    going.wait()
    assert not (tmp_path / "killed" / "weights.safetensors").exists()
    for folder in ("killed", "whole"):
        subprocess.run([*command, str(tmp_path / folder)], env=environment, check=True)
    assert "continues from the checkpoint" in log.read_text()
    found = [load_file(tmp_path / folder / "weights.safetensors") for folder in ("killed", "whole")]
    assert same(*found)


@pytest.mark.parametrize("at", [2, 3])
def test_a_training_that_is_interrupted_in_its_validation_comes_to_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    import phasekit.training.trainer as trainer

    whole = run_train(toys.recipe(epochs=3), out=tmp_path / "whole")
    calls: list[object] = []

    def interrupted(*told: Any) -> dict[str, float]:
        calls.append(told)
        if len(calls) == at:
            raise KeyboardInterrupt
        return validate(*told)

    monkeypatch.setattr(trainer, "validate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_train(toys.recipe(epochs=3), out=tmp_path / "cut")
    monkeypatch.undo()
    cut = run_train(toys.recipe(epochs=3), out=tmp_path / "cut", resume=True)
    assert [point.figures for point in cut.points] == [point.figures for point in whole.points]
    assert all(torch.equal(cut.weights.tensors[name], value) for name, value in whole.weights.tensors.items())


def test_torchrun_trains_and_finds_a_finished_training_finished(tmp_path: Path) -> None:
    recipe = tmp_path / "train.yaml"
    recipe.write_text(dump(toys.recipe(data=str(tmp_path / "objects.h5"))), encoding="utf-8")
    start = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command = [*start, "-m", "phasekit", "run", str(recipe), "--out", str(tmp_path / "run")]
    for said in ("weights:", "already finished"):
        done = subprocess.run(
            command, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        assert said in done.stdout


def _together(recipe: Path, out: Path, count: int) -> None:
    """Train with `count` processes, as torchrun starts them."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    shared = {"WORLD_SIZE": str(count), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "phasekit", "run", str(recipe), "--out", str(out)]
    going = [
        subprocess.Popen(command, env=os.environ | shared | {"RANK": str(rank), "LOCAL_RANK": str(rank)})
        for rank in range(count)
    ]
    assert [one.wait(timeout=120) for one in going] == [0] * count


def test_two_processes_give_the_loss_curve_of_one(tmp_path: Path) -> None:
    recipe = tmp_path / "train.yaml"
    recipe.write_text(dump(toys.recipe(samples=64, epochs=3, augment=toys.FAULTS)), encoding="utf-8")
    curves = []
    for count in (1, 2):
        _together(recipe, tmp_path / str(count), count)
        rows = np.genfromtxt(tmp_path / str(count) / "history.csv", delimiter=",", names=True)
        curves.append(np.stack([rows["loss"], rows["validation_loss"]]))
    assert np.allclose(curves[0], curves[1], rtol=2e-4), curves
