"""A comparison on a Dask cluster: the same bits as at home, whatever becomes of the workers."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

import pytest

from phasekit import Observer, RunError, run
from phasekit.comparing.batch_task import Settled
from phasekit.runs.comparison_folder import ComparisonFolder

from ..compared import same
from .by_task import run_compare
from .cluster import ONE, Cluster, until

pytest.importorskip("distributed")

BAD = Path(__file__).parents[1] / "bad_solvers.py"

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


pytestmark = pytest.mark.usefixtures("without_comparison_report")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, without_comparison_report: None) -> Path:
    """Return the folder of a comparison that was made without Dask."""
    folder = tmp_path_factory.mktemp("alone")
    (folder / "recipe.yaml").write_text(RECIPE)
    run(folder / "recipe.yaml", out=folder / "out")
    return folder


def _written(folder: Path, text: str = RECIPE) -> Path:
    path = folder / "recipe.yaml"
    path.write_text(text)
    return path


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def _sets(cluster: Cluster) -> list[str]:
    return [f"dask={cluster.address}"]


def test_a_cluster_gives_the_same_bits_and_leaves_the_same_files(cluster: Cluster, alone: Path, tmp_path: Path) -> None:
    recipe, out = _written(tmp_path), tmp_path / "out"
    run(recipe, sets=_sets(cluster), out=out)
    assert same(recipe, out, alone)
    assert _files(out) == _files(alone / "out") - {"workers.log"}
    run(recipe, out=out)  # is finished for one who does not name the cluster, too


def test_a_worker_that_is_killed_costs_nothing_but_time(cluster: Cluster, alone: Path, tmp_path: Path) -> None:
    recipe, out = _written(tmp_path), tmp_path / "out"
    known = cluster.workers()
    victim = cluster.start("victim", *ONE)
    until(lambda: len(cluster.workers()) > len(known))
    (address,) = cluster.workers().keys() - known.keys()

    def kill() -> None:
        until(lambda: list(out.rglob("0000-done.h5")))
        until(lambda: cluster.workers()[address])
        victim.send_signal(signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    run(recipe, sets=_sets(cluster), out=out)
    killer.join()
    cluster.end("victim")
    assert f"{address} died with unit" in (out / "workers.log").read_text()
    assert same(recipe, out, alone)


def test_an_interrupted_run_stops_its_workers_with_their_state_kept(cluster: Cluster, tmp_path: Path) -> None:
    class Interrupts(Observer):
        def moved(self, progress: Settled, done: int) -> None:
            if progress.number is not None:
                until(lambda: log.is_file() and "at step" in log.read_text())  # the other solver is on its way
                raise KeyboardInterrupt

    out = tmp_path / "out"
    log = out / "units" / "00-problem" / "00-er" / "run.log"
    recipe = _written(tmp_path, RECIPE.replace("er, steps: 300", "er, steps: 60000"))
    with pytest.raises(KeyboardInterrupt):
        run(recipe, sets=_sets(cluster), out=out, observer=Interrupts())
    until(lambda: "kept" in log.read_text())  # the line comes after the file
    assert list(log.parent.glob("batches/0000-state.h5"))
    lines = log.read_text()
    time.sleep(0.5)
    assert log.read_text() == lines
    assert "kept" in lines.splitlines()[-1]
    assert ComparisonFolder(out).status == "interrupted"


def test_a_solver_that_hangs_or_kills_its_worker_is_named_and_the_rest_goes_on(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phasekit.runs.dask_workers.TRIES", 2)  # it takes seconds until a worker is back
    deadly = tmp_path / "deadly.py"
    deadly.write_text(
        "import os\nfrom typing import Literal\nfrom phasekit import Solver\n\n\n"
        'class Deadly(Solver):\n    name: Literal["deadly"] = "deadly"\n\n'
        "    def run(self, problem, start, every=1):\n        os._exit(1)\n        yield start\n"
    )
    text = RECIPE.replace("seeds: 6\n", "  hangs: hangs\n  deadly: deadly\nseeds: 2\nlimit_s: 3\n")
    recipe = _written(tmp_path, text.replace("300", "20") + f"plugins: [{BAD}, {deadly}]\n")
    found = run_compare(recipe, sets=_sets(cluster), out=tmp_path / "out")
    reasons = {e.solver: e.refusal or next(iter(e.failures.values()), "") for e in found.entries}
    assert "it took longer than the limit of 3 s" in reasons["hangs"]
    assert "died 2 times" in reasons["deadly"]
    assert reasons["er"] == reasons["hio"] == ""


def test_a_scheduler_that_is_lost_leaves_what_is_finished(alone: Path, tmp_path: Path) -> None:
    recipe, out = _written(tmp_path), tmp_path / "out"
    short = Cluster(tmp_path)
    short.start("only", *ONE)

    def kill() -> None:
        until(lambda: list(out.rglob("0000-done.h5")))
        short.scheduler.send_signal(signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        with pytest.raises(RunError, match="is lost; finished units are kept, and --resume"):
            run(recipe, sets=_sets(short), out=out)
    finally:
        killer.join()
        short.close()
    done = {path: path.stat().st_mtime_ns for path in out.rglob("*-done.h5")}
    run(recipe, out=out, resume=True)  # at home
    assert {path: path.stat().st_mtime_ns for path in done} == done
    assert same(recipe, out, alone)
