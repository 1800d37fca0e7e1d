"""Arrays given from Python lie in the run folder, whose recipe names them as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from phasekit import InputError, Result, Source, compare, reproduce, run, solve

ER = {"name": "er", "steps": 3}


@pytest.fixture
def counts() -> np.ndarray:
    """(16, 18): the pattern of a block, centred."""
    block = np.zeros((16, 18))
    block[6:11, 7:12] = 1 + np.arange(5)
    return np.asarray(np.abs(np.fft.fftshift(np.fft.fftn(block))) ** 2)


def sources(counts: np.ndarray) -> list[Any]:
    """The array itself, in a mapping, and in a source."""
    options = {"name": "numpy", "path": counts, "valid": counts >= 0}
    return [counts, options, Source.resolve(options)]


@pytest.mark.parametrize("kind", range(3))
def test_a_run_of_arrays_is_a_recipe_that_runs(tmp_path: Path, counts: np.ndarray, kind: int) -> None:
    """What is in the folder gives the same object, and the same call reads it back."""
    out = tmp_path / "run"
    result = solve(sources(counts)[kind], ER, out=out)
    again = run(out / "resolved.yaml", out=tmp_path / "again")
    assert isinstance(again, Result)
    assert np.array_equal(result.object, again.object)
    assert np.array_equal(solve(sources(counts)[kind], ER, out=out).object, result.object)
    assert reproduce(out).verdict == "identical"


def test_a_comparison_of_arrays_has_a_run_folder(tmp_path: Path, counts: np.ndarray) -> None:
    out = tmp_path / "run"
    solvers = {"a": ER, "b": {"name": "hio", "steps": 3}}
    compare(problems={"one": counts, "two": counts * 2}, solvers=solvers, seeds=1, out=out)
    assert len([*(out / "arrays").iterdir()]) == 2


def test_a_run_that_is_refused_leaves_no_arrays(tmp_path: Path, counts: np.ndarray) -> None:
    """Neither in a new folder, nor in that of another run."""
    with pytest.raises(InputError, match="no solver is called"):
        solve(counts, "erx", out=tmp_path / "new")
    assert not (tmp_path / "new").exists()
    solve(counts, ER, out=tmp_path / "run")
    before = sorted((tmp_path / "run" / "arrays").iterdir())
    with pytest.raises(InputError, match="the run of another recipe"):
        solve(counts + 1, ER, out=tmp_path / "run")
    assert sorted((tmp_path / "run" / "arrays").iterdir()) == before
