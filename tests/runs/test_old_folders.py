"""Run folders of version 0.1 can be read, continued and reproduced."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from phasekit import Comparison, Result, Trained, reproduce, run

FOLDERS = Path(__file__).parents[1] / "data" / "runs-0.1"
pytestmark = pytest.mark.usefixtures("without_pictures", "without_comparison_report")

Copied = Callable[[str], Path]


@pytest.fixture
def copied(tmp_path: Path) -> Copied:
    """Copy a folder of version 0.1, with the empty folders that git does not keep."""

    def copy(name: str) -> Path:
        path = tmp_path / name
        shutil.copytree(FOLDERS / name, path)
        (path / "batches").mkdir(exist_ok=True)
        return path

    return copy


def _run(path: Path, **options: Any) -> Any:
    return run(path / "resolved.yaml", out=path, **options)


def _history(path: Path) -> np.ndarray:
    return np.genfromtxt(path / "history.csv", delimiter=",", names=True)


def test_a_finished_reconstruction_is_read_back(copied: Copied) -> None:
    path = copied("solve")
    result = _run(path)
    assert isinstance(result, Result)
    info = json.loads((path / "run.json").read_text())
    assert list(result.seeds) == info["seeds"]
    for name, value in info["best"].items():
        assert float(result.final[name][0]) == pytest.approx(value, rel=1e-12)


def test_an_interrupted_reconstruction_goes_on_from_its_checkpoint(copied: Copied) -> None:
    path = copied("solve-interrupted")
    result = _run(path, resume=True)
    assert isinstance(result, Result)
    assert result.seeds
    assert "batch 1 continues from the checkpoint at step" in (path / "run.log").read_text()
    assert json.loads((path / "run.json").read_text())["status"] == "done"


def test_a_finished_comparison_is_read_back(copied: Copied) -> None:
    path = copied("compare")
    comparison = _run(path)
    assert isinstance(comparison, Comparison)
    assert list(comparison.ranking()) == json.loads((path / "run.json").read_text())["ranking"]


def test_an_interrupted_comparison_goes_on_with_what_is_left(copied: Copied) -> None:
    path = copied("compare-interrupted")
    kept = path / "units" / "00-problem" / "00-er" / "batches" / "0000-done.h5"
    before = kept.read_bytes()
    assert isinstance(_run(path, resume=True), Comparison)
    assert kept.read_bytes() == before
    assert (path / "units" / "00-problem" / "01-hio" / "batches" / "0000-done.h5").is_file()


def test_a_finished_training_is_read_back(copied: Copied) -> None:
    path = copied("train")
    trained = _run(path)
    assert isinstance(trained, Trained)
    for name, tensor in load_file(path / "weights.safetensors").items():
        if name in trained.weights.tensors:
            assert torch.equal(trained.weights.tensors[name], tensor)


def test_an_interrupted_training_goes_on_from_its_checkpoint(copied: Copied) -> None:
    path = copied("train-interrupted")
    trained = _run(path, resume=True)
    assert isinstance(trained, Trained)
    assert trained.finished
    assert "continues from the checkpoint at step 3" in (path / "run.log").read_text()


@pytest.mark.parametrize("name", ["solve", "compare", "train"])
def test_a_finished_run_is_reproduced(copied: Copied, name: str) -> None:
    """On the folder's processor within tolerance; HIO carries the last digits of another one into the second figure."""
    found = reproduce(copied(name))
    assert found.deviations
    if "processor" not in (found.changes or {}):
        assert found.verdict in ("identical", "within tolerance"), found.summary()
    for deviation in found.deviations:
        assert deviation.relative is None or deviation.relative < 0.25, deviation
        assert deviation.agreement is None or deviation.agreement > 0.95, deviation
        assert deviation.steps is None or deviation.steps[0] == deviation.steps[1]
        assert not any(deviation.failures or ())


def test_force_removes_what_the_old_run_left_and_nothing_else(copied: Copied) -> None:
    path = copied("solve")
    (path / "notes.txt").write_text("mine")
    _run(path, force=True)
    assert (path / "notes.txt").read_text() == "mine"
    assert len(_history(path)) > 0
