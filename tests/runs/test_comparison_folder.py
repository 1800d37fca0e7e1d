"""What the starts of a solver say together is a unit of work: done once, stored, and read back without a step."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from phasekit import Comparison, run
from phasekit.comparing.setup import ENSEMBLE, Pair
from phasekit.runs.comparison_folder import ComparisonFolder, PairFolder
from phasekit_plugins.solvers.er import ErrorReduction

pytestmark = pytest.mark.usefixtures("without_comparison_report")

RECIPE = {
    "task": "compare",
    "source": {"name": "simulation", "shape": [16, 14], "seed": 3, "photons": 1e5},
    "solvers": {"er": {"name": "er", "steps": 20}, "long": {"name": "er", "steps": 40}},
    "seeds": 3,
    "batch": 2,
    "device": "cpu",
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, without_comparison_report: None) -> Path:
    """Return the folder of a finished comparison."""
    path = tmp_path_factory.mktemp("finished") / "out"
    run(RECIPE, out=path)
    return path


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the steps that are made in this process."""
    steps: list[int] = []
    honest = ErrorReduction.step

    def step(self: ErrorReduction, *words: Any) -> torch.Tensor:
        steps.append(1)
        return honest(self, *words)

    monkeypatch.setattr(ErrorReduction, "step", step)
    return steps


def test_reading_a_finished_comparison_back_makes_no_step(finished: Path, counted: list[int]) -> None:
    from phasekit import Problem

    calls: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Problem, "project", lambda *words: calls.append(1))
        comparison = run(RECIPE, out=finished)
    assert isinstance(comparison, Comparison)
    assert all(entry.ensemble is not None for entry in comparison.entries)
    assert (counted, calls) == ([], [])


def test_what_is_stored_is_what_is_computed(finished: Path, tmp_path: Path) -> None:
    stored = run(RECIPE, out=finished)
    shutil.copytree(finished, tmp_path / "copy")
    for file in (tmp_path / "copy").rglob("ensemble.h5"):
        file.unlink()
    computed = run(RECIPE, out=tmp_path / "copy")
    assert isinstance(stored, Comparison)
    assert isinstance(computed, Comparison)
    for one, other in zip(stored.entries, computed.entries, strict=True):
        assert one.ensemble is not None
        assert other.ensemble is not None
        for name, value in vars(one.ensemble).items():
            found = getattr(other.ensemble, name)
            # The process that stored it may have had another number of threads, on which the last digits depend.
            if isinstance(value, torch.Tensor | np.ndarray):
                np.testing.assert_allclose(np.asarray(value), np.asarray(found), rtol=1e-3, atol=1e-3, err_msg=name)
            elif isinstance(value, float):
                assert value == pytest.approx(found, rel=1e-3, nan_ok=True), name
            elif name == "cuts":
                assert {*value} == {*found}
            else:
                assert value == found, name


def test_an_ensemble_stored_under_its_former_name_is_read(finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished, tmp_path / "copy")
    file = next((tmp_path / "copy").rglob("ensemble.h5"))
    with h5py.File(file, "r+") as stored:
        assert stored["value/ensemble"].attrs["kind"] == "dataclass Ensemble"
        stored["value/ensemble"].attrs["kind"] = "dataclass Portrait"
    assert PairFolder(file.parent).ensemble() is not None


def test_a_unit_is_settled_by_what_it_leaves_or_by_its_failure(tmp_path: Path) -> None:
    kept = ComparisonFolder(tmp_path).pair(Pair("a", "b", "00-a/00-b"))
    for number in (None, 0, ENSEMBLE):
        assert not kept.settled(number)
        kept.failure_file(number).write_text("it failed")
        assert kept.settled(number)
        assert kept.failure(number) == "it failed"
    kept.keep_ensemble(None)
    assert kept.left_file(ENSEMBLE).is_file()
    assert kept.ensemble() is None
