"""A run that was killed at any moment goes on where it was, and ends as if nothing had happened."""

from __future__ import annotations

import json
import random
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from phasekit import Result
from phasekit.runs import solve_run

from .by_task import run_solve

pytestmark = pytest.mark.usefixtures("without_pictures")

RECIPE = """\
source: {name: simulation, shape: [32, 30], seed: 3, photons: 1.0e5}
solver:
  - repeat: 50
    solvers:
      - {name: hio, steps: 60}
      - {name: shrinkwrap, sigma: {name: linear, start: 1.5, stop: 0.7}, threshold: 0.1}
      - {name: er, steps: 20}
seeds: 3
batch: 2
device: cpu
"""
STEPS = 50 * 81

DRIVER = """\
import os, signal, sys
from phasekit.cli.app import main
from phasekit.runs import recorder
signal.signal(signal.SIGINT, signal.default_int_handler)  # which is ignored where tests run in the background
recorder.CHECKPOINT_S = 0.02
sys.argv = ["phasekit", "run", *sys.argv[1:]]
main()
"""
"""The command line, with checkpoints fifty times a second."""

IMPATIENT = DRIVER.replace(
    "sys.argv =",
    """keep = recorder.Recorder._keep
def keep_and_stop(*words):
    keep(*words)
    recorder.Recorder._keep = keep
    signal.raise_signal(signal.SIGINT)
recorder.Recorder._keep = keep_and_stop
sys.argv =""",
)
"""The same, and Ctrl-C after the first checkpoint."""


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Return what the run ends with that is left alone."""
    folder = tmp_path_factory.mktemp("alone")
    (folder / "recipe.yaml").write_text(RECIPE)
    with pytest.MonkeyPatch.context() as patch:
        module = solve_run
        patch.setattr(module, "write_figures", lambda *_: None)
        patch.setattr(module, "write_report", lambda *_: None)
        return run_solve(folder / "recipe.yaml", out=folder / "out")


def _start(*words: object, driver: str = DRIVER) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", driver, *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _wait_for(log: Path, word: str, process: subprocess.Popen[str]) -> None:
    """Wait until the run's log has that word."""
    until = time.monotonic() + 60
    while not (log.is_file() and word in log.read_text()):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until, "the run did not get so far"
        time.sleep(0.002)


def _lines(log: Path, pattern: str) -> list[tuple[int, ...]]:
    return [tuple(map(int, found)) for found in re.findall(pattern, log.read_text())]


def _same(one: Result, other: Result) -> bool:
    same = torch.equal(one.object, other.object) and torch.equal(one.support, other.support)
    return same and one.seeds == other.seeds and torch.equal(one.mean, other.mean)


@pytest.mark.parametrize("moment", range(4))
def test_a_killed_run_goes_on_and_ends_bit_identically(tmp_path: Path, alone: Result, moment: int) -> None:
    recipe, out = tmp_path / "recipe.yaml", tmp_path / "out"
    recipe.write_text(RECIPE)
    log, chance = out / "run.log", random.Random(moment)
    with _start(recipe, "--out", out) as process:
        _wait_for(log, f"batch {moment % 2} kept", process)
        time.sleep(chance.uniform(0, 0.4))
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert json.loads((out / "run.json").read_text())["status"] == "running"
    done, kept = _lines(log, r"batch (\d+) done"), _lines(log, r"batch (\d+) kept, step (\d+)")
    seen = _lines(log, r"batch (\d+) at step (\d+)")

    resumed = run_solve(recipe, out=out, resume=True)
    assert _same(resumed, alone)
    assert [(row.seed, row.step, row.metrics) for row in resumed.history] == [
        (row.seed, row.step, row.metrics) for row in alone.history
    ]
    # What the log proves: finished batches were not touched, the one cut off went on from its last checkpoint.
    reached, _, after = log.read_text().partition("resumed after")[2].partition("\n")
    assert f"step {seen[-1][1]}" in reached
    again = [tuple(map(int, found)) for found in re.findall(r"batch (\d+) at step (\d+)", after)]
    assert not {batch for batch, _ in again} & {batch for (batch,) in done}
    unfinished = [(batch, step) for batch, step in kept if (batch,) not in done]
    if unfinished:
        batch, step = unfinished[-1]
        found = re.search(rf"batch {batch} continues from the checkpoint at step (\d+)", after)
        assert found is not None
        at = int(found[1])
        # The kill may have come between a checkpoint and its line in the log.
        assert step <= at <= seen[-1][1]
        assert min(s for b, s in again if b == batch) > at


def test_a_run_killed_twice_still_ends_bit_identically(tmp_path: Path, alone: Result) -> None:
    recipe, out = tmp_path / "recipe.yaml", tmp_path / "out"
    recipe.write_text(RECIPE)
    for words, sign in (([], "batch 0 kept"), (["--resume"], "batch 1 kept")):
        with _start(recipe, "--out", out, *words) as process:
            _wait_for(out / "run.log", sign, process)
            process.send_signal(signal.SIGKILL)
    assert _same(run_solve(recipe, out=out, resume=True), alone)


def test_ctrl_c_keeps_the_state_and_says_how_to_go_on(tmp_path: Path, alone: Result) -> None:
    recipe, out = tmp_path / "my recipe.yaml", tmp_path / "out"
    recipe.write_text(RECIPE.replace("seeds: 3", "seeds: 2"))
    with _start(recipe, "--set", "seeds=3", "--out", out, driver=IMPATIENT) as process:
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Traceback" not in said
    (command,) = (line.partition("To continue: ")[2] for line in said.splitlines() if "interrupted" in line)
    assert shlex.split(command) == [
        *("phasekit", "run", str(recipe), "--resume", "--set", "seeds=3", "--out", str(out))
    ]
    assert json.loads((out / "run.json").read_text())["status"] == "interrupted"
    seen, kept = (_lines(out / "run.log", pattern)[-1] for pattern in (r"at step (\d+)", r"kept, step (\d+)"))
    assert seen == kept
    assert 0 < kept[0] <= STEPS
    assert _same(run_solve(recipe, sets=["seeds=3"], out=out, resume=True), alone)
