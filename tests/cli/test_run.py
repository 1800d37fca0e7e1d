"""`phasekit run` says what it found, where it is, and what is wrong before anything is written."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from phasekit.cli import run
from phasekit.runtime.yaml_reader import dump
from phasekit.solving import batches

from .. import toys
from ..conftest import Said
from .texts import ER, SIMULATION


def test_a_gpu_that_is_not_there_is_reported(
    recipe: Callable[..., Path], call: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    path = recipe(SIMULATION + ER + "device: cuda\n")
    said = call("run", path, "--out", tmp_path / "out")
    assert said.code == 2
    assert said.err.startswith(f"{path}:3: device: cuda was requested, but torch finds no GPU")


def test_more_memory_than_there_is_is_reported_with_the_estimate(
    recipe: Callable[..., Path], call: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(batches, "memory_available", lambda device: 1000)
    path = recipe(SIMULATION + ER)
    for command in (("run", path, "--out", tmp_path / "out"), ("check", path)):
        said = call(*command)
        assert said.code == 2
        assert said.err.startswith(f"{path}:1: source: a batch of 1 needs about 0.0 GiB and 0.0 GiB are free on cpu")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_to_is_reported(
    recipe: Callable[..., Path], call: Callable[..., Said], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    said = call("run", recipe(SIMULATION + ER), "--out", tmp_path / "file" / "out")
    assert said.code == 2
    assert said.err.startswith(f"{tmp_path}/file/out cannot be written to (Not a directory)")


@pytest.mark.usefixtures("without_pictures")
def test_a_run_says_what_it_found_and_a_second_one_that_there_is_nothing_to_do(
    recipe: Callable[..., Path], call: Callable[..., Said], tmp_path: Path
) -> None:
    path, out = recipe(), tmp_path / "out"
    said = call("run", path, "--out", out)
    assert said.code == 0
    assert "ranked by chi2" in said.out
    assert f"report: {out}/report.html" in said.out
    again = call("run", path, "--out", out)
    assert again.code == 0
    assert again.out == f"{out} is already finished; nothing to do (--force runs it again)\n"
    assert "ranked by chi2" in call("run", path, "--out", out, "--force").out
    assert call("run", path, "--out", out, "--seeds", 3).code == 2


@pytest.mark.usefixtures("without_pictures")
def test_a_run_that_fails_has_exit_code_1(
    recipe: Callable[..., Path], call: Callable[..., Said], tmp_path: Path
) -> None:
    text = SIMULATION + "solver: {name: shrinkwrap, threshold: 1, sigma: 0}\n"
    said = call("run", recipe(text), "--out", tmp_path / "out")
    assert said.code == 1
    assert said.err.startswith("every start failed")


def test_the_command_that_goes_on_repeats_every_change() -> None:
    words = shlex.split(run._command_to_resume(Path("my recipe.yaml"), ["a=[1, 2]", "b='x y'"], "cpu", 3, Path("o 1")))
    assert words[:4] == ["phasekit", "run", "my recipe.yaml", "--resume"]
    assert words[4:] == ["--set", "a=[1, 2]", "--set", "b='x y'", "--device", "cpu", "--seeds", "3", "--out", "o 1"]
    assert shlex.split(run._command_to_resume(Path("r.yaml"), None, None, None, None)) == [
        *("phasekit", "run", "r.yaml", "--resume")
    ]


def test_of_processes_that_train_together_one_speaks(
    recipe: Callable[..., Path], call: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path, trained = recipe(dump(toys.recipe())), list[Path]()
    monkeypatch.setattr("phasekit.runs.run.run_loaded", lambda loaded, path, **options: trained.append(path))
    monkeypatch.setenv("RANK", "1")
    assert call("run", path, "--out", tmp_path / "out") == (0, "", "")
    assert trained == [tmp_path / "out"]


def test_an_interrupt_before_anything_is_kept_promises_nothing(
    recipe: Callable[..., Path], call: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupted(*words: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("phasekit.runs.run.run_loaded", interrupted)
    said = call("run", recipe(SIMULATION + ER), "--out", tmp_path / "out")
    assert (said.code, said.err) == (1, "\ninterrupted\n")
