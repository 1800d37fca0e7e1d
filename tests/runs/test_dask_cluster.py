"""A cluster is looked at before anything is written; what is wrong with it is said, with what to do."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch

from phasekit import InputError, run
from phasekit.runs.dask_cluster import asked

from ..conftest import Said
from .cluster import Cluster, until

if TYPE_CHECKING:
    from distributed import Client

pytest.importorskip("distributed")
pytestmark = pytest.mark.usefixtures("without_comparison_report")

NOWHERE = "tcp://127.0.0.1:9"
RECIPE = """\
task: compare
source: {name: simulation, generator: superellipsoid, shape: [28, 30], seed: 3, photons: 1.0e5}
solvers:
  er: {name: er, steps: 300}
  hio: [{name: hio, steps: 300}, {name: shrinkwrap, threshold: 0.1}, {name: er, steps: 40}]
seeds: 6
batch: 2
device: cpu
"""


def _written(folder: Path, text: str = RECIPE) -> Path:
    path = folder / "recipe.yaml"
    path.write_text(text)
    return path


def _sets(cluster: Cluster) -> list[str]:
    return [f"dask={cluster.address}"]


def test_a_scheduler_that_nobody_answers_for_is_named_before_anything_is_written(
    tmp_path: Path, call: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phasekit.runs.dask_cluster.ANSWER_S", 1)
    began = time.monotonic()
    said = call("run", _written(tmp_path), "--dask", NOWHERE, "--out", tmp_path / "out")
    assert time.monotonic() - began < 6
    assert said.code == 2
    assert f"no Dask scheduler answers at {NOWHERE}" in said.err
    assert not (tmp_path / "out").exists()


def test_workers_of_several_threads_are_refused(cluster: Cluster, tmp_path: Path) -> None:
    cluster.start("wide", "--nthreads", "2", "--no-nanny")
    try:
        until(lambda: len(cluster.workers()) == 3)
        with pytest.raises(InputError, match=r"has 2 threads.*--nthreads 1"):
            run(_written(tmp_path), sets=_sets(cluster), out=tmp_path / "out")
    finally:
        cluster.end("wide")
    assert not (tmp_path / "out").exists()


def test_workers_with_another_version_are_refused_and_both_are_named(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answers(client: Client, workers: Sequence[str], mark: Path | None) -> dict[str, Any]:
        found = asked(client, workers, mark)
        return {worker: {**said, "versions": {**said["versions"], "torch": "1.0"}} for worker, said in found.items()}

    monkeypatch.setattr("phasekit.runs.dask_cluster.asked", answers)
    with pytest.raises(InputError, match=rf"has torch 1\.0, but here it is {torch.__version__.split('+')[0]}"):
        run(_written(tmp_path), sets=_sets(cluster), out=tmp_path / "out")


def test_a_worker_that_cannot_import_phasekit_is_refused(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacks = ModuleNotFoundError("No module named 'phasekit'")
    monkeypatch.setattr("phasekit.runs.dask_cluster.asked", lambda client, workers, mark: dict.fromkeys(workers, lacks))
    with pytest.raises(InputError, match=r"No module named 'phasekit'.*needs phasekit 0"):
        run(_written(tmp_path), sets=_sets(cluster), out=tmp_path / "out")


def test_a_folder_that_workers_do_not_see_is_refused(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answers(client: Client, workers: Sequence[str], mark: Path | None) -> dict[str, Any]:
        return {worker: {**said, "sees": mark is None} for worker, said in asked(client, workers, mark).items()}

    monkeypatch.setattr("phasekit.runs.dask_cluster.asked", answers)
    with pytest.raises(InputError, match="does not see the run folder"):
        run(_written(tmp_path), sets=_sets(cluster), out=tmp_path / "out")


def test_dask_that_is_not_installed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install phasekit\[dask\]"):
        run(_written(tmp_path), sets=[f"dask={NOWHERE}"], out=tmp_path / "out")
