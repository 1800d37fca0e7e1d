"""Finished runs and a Dask cluster, made once for all tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from phasekit import run

from .cluster import ONE, Cluster
from .finished import COMPARE, OWN, SOLVE


@contextmanager
def _without_pictures() -> Iterator[None]:
    """Leave figures and reports, which take seconds, to their own tests."""
    with pytest.MonkeyPatch.context() as patch:
        for place in ("comparison_run.write_comparison_report", "training_run.write_training_report"):
            patch.setattr(f"phasekit.runs.{place}", lambda path, *_: path.write_text("report"))
        patch.setattr("phasekit.runs.solve_run.write_figures", lambda *_: None)
        patch.setattr("phasekit.runs.solve_run.write_report", lambda path, *_: path.write_text("report"))
        yield


@pytest.fixture(scope="module")
def no_pictures() -> Iterator[None]:
    with _without_pictures():
        yield


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return the folder of a finished run of a recipe, which is run once for all tests."""
    known: dict[str, Path] = {}

    def make(text: str) -> Path:
        if text not in known:
            folder = tmp_path_factory.mktemp("made")
            (folder / "own.py").write_text(OWN)
            image = np.random.default_rng(0).random((18, 16)) ** 8
            wave = np.fft.fftshift(np.fft.fft2(np.pad(image[:8, :7], ((0, 10), (0, 9)))))
            np.save(folder / "data.npy", 10 * np.abs(wave) ** 2)
            (folder / "recipe.yaml").write_text(text)
            with _without_pictures():
                run(folder / "recipe.yaml", out=folder / "out")
            known[text] = folder / "out"
        return known[text]

    return make


@pytest.fixture
def solved(made: Callable[[str], Path], tmp_path: Path) -> Path:
    """Return a copy of the folder of a reconstruction: one that was moved."""
    return Path(shutil.copytree(made(SOLVE), tmp_path / "solved"))


@pytest.fixture
def compared(made: Callable[[str], Path], tmp_path: Path) -> Path:
    """Return a copy of the folder of a comparison."""
    return Path(shutil.copytree(made(COMPARE), tmp_path / "compared"))


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Give a cluster with two workers, one of them with a nanny."""
    made = Cluster(tmp_path_factory.mktemp("dask"))
    made.start("a", *ONE)
    made.start("b", "--nthreads", "1")
    yield made
    made.close()
