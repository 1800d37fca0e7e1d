"""`phasekit check` says what a run would be, and what is to be noted of the data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..conftest import Said
from .texts import ER, hdf5


def test_spoilt_counts_are_counted_and_said(
    files: Path, recipe: Callable[..., Path], call: Callable[..., Said]
) -> None:
    said = call("check", recipe(hdf5(dataset="spoilt") + ER))
    assert said.code == 0
    assert "note: 3 trusted counts were not finite" in said.out
    assert "note: 2 trusted counts were negative" in said.out


def test_check_says_what_a_run_would_be(recipe: Callable[..., Path], call: Callable[..., Said], tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    said = call("check", recipe())
    assert said.code == 0
    for words in ("16 × 14 voxels", "oversampling", "2 in 1 batches", "MiB free", "40 per seed", "the recipe is valid"):
        assert words in said.out
    assert sorted(tmp_path.rglob("*")) == sorted([*before, tmp_path / "recipe.yaml"])


def test_data_that_cannot_be_right_are_never_called_valid(
    files: Path, recipe: Callable[..., Path], call: Callable[..., Said], tmp_path: Path
) -> None:
    """Neither by check nor before a run; with the advice followed, the same data are right."""
    block = np.zeros((32, 32))
    block[12:19, 11:21] = 1 + np.arange(10)
    np.save(tmp_path / "first.npy", np.abs(np.fft.fft2(block)) ** 2)
    text = "source: {name: numpy, path: first.npy}\n"
    said = call("check", recipe(text + ER))
    assert said.code == 1
    assert "write order: fft" in said.out
    assert "is valid" not in said.out
    ran = call("run", recipe(text + ER), "--out", tmp_path / "run")
    assert ran.out.index("write order: fft") < ran.out.index("report:")
    right = call("check", recipe("source: {name: numpy, path: first.npy, order: fft}\n" + ER))
    assert right.code == 0
    assert "the recipe is valid" in right.out


def test_a_comparison_names_the_problem_of_a_finding(
    recipe: Callable[..., Path], call: Callable[..., Said], tmp_path: Path
) -> None:
    block = np.zeros((32, 32))
    block[12:19, 11:21] = 1
    counts = np.abs(np.fft.fftshift(np.fft.fft2(block))) ** 2
    np.save(tmp_path / "good.npy", counts)
    np.save(tmp_path / "mask.npy", counts > 10)
    text = """
task: compare
problems: {good: {name: numpy, path: good.npy}, mask: {name: numpy, path: mask.npy}}
solvers: {er: {name: er, steps: 3}}
seeds: 1
"""
    said = call("check", recipe(text))
    assert said.code == 1
    assert "mask: boolean" in said.out
    assert "good: " not in said.out.split("boolean")[1]
