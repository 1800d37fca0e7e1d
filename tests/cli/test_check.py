"""`phasekit check` says what a run would be, and what is to be noted of the data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

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
