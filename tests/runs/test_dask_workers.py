"""A comparison on a Dask cluster: the same bits as at home, whatever becomes of the workers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from phasekit import InputError, Observer, RunError, run
from phasekit.comparing.batch_task import Settled
from phasekit.runs.comparison_folder import ComparisonFolder
from phasekit.runs.dask_cluster import asked, told

from ..compared import same

pytest.importorskip("distributed")

BAD = Path(__file__).parents[1] / "bad_solvers.py"
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


pytestmark = pytest.mark.usefixtures("without_comparison_report")


class Cluster:
    """A scheduler and workers as processes of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.processes, self.known = folder, {}, folder / "scheduler.json"
        self.log = (folder / "log").open("w")
        self.scheduler = self._started("scheduler", "--port", "0", "--scheduler-file", str(self.known))
        _until(lambda: self.known.is_file() and self.known.read_text().strip().endswith("}"))
        self.address = json.loads(self.known.read_text())["address"]

    def _started(self, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:], "--no-dashboard"]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        return subprocess.Popen(command, cwd=self.folder, stdout=self.log, stderr=self.log, env=environment)

    def start(self, name: str, *options: str) -> subprocess.Popen[bytes]:
        """Start a worker."""
        words = ("worker", self.address, "--name", name, "--memory-limit", "0", *options)
        self.processes[name] = self._started(*words)
        return self.processes[name]

    def workers(self) -> dict[str, tuple[str, ...]]:
        """Return every worker's tasks."""
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            return client.processing()

    def end(self, name: str) -> None:
        """End a worker, and its nanny."""
        process = self.processes.pop(name)
        process.terminate()
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:  # it hangs, as its solver does
            process.kill()
            process.wait()

    def close(self) -> None:
        """End everything."""
        for name in list(self.processes):
            self.end(name)
        self.scheduler.terminate()
        self.scheduler.wait()
        self.log.close()


ONE = ("--nthreads", "1", "--no-nanny")


@pytest.fixture(scope="module")
def alone(tmp_path_factory, without_comparison_report) -> Path:
    """Return the folder of a comparison that was made without Dask."""
    folder = tmp_path_factory.mktemp("alone")
    (folder / "recipe.yaml").write_text(RECIPE)
    run(folder / "recipe.yaml", out=folder / "out")
    return folder


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[Cluster]:
    """Give a cluster with two workers, one of them with a nanny."""
    made = Cluster(tmp_path_factory.mktemp("dask"))
    made.start("a", *ONE)
    made.start("b", "--nthreads", "1")
    yield made
    made.close()


def _until(true: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def _written(folder: Path, text: str = RECIPE) -> Path:
    path = folder / "recipe.yaml"
    path.write_text(text)
    return path


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def _sets(cluster: Cluster) -> list[str]:
    return [f"dask={cluster.address}"]


def test_a_cluster_gives_the_same_bits_and_leaves_the_same_files(cluster, alone, tmp_path) -> None:
    recipe, out = _written(tmp_path), tmp_path / "out"
    run(recipe, sets=_sets(cluster), out=out)
    assert same(recipe, out, alone)
    assert _files(out) == _files(alone / "out") - {"workers.log"}
    run(recipe, out=out)  # is finished for one who does not name the cluster, too


def test_a_worker_that_is_killed_costs_nothing_but_time(cluster, alone, tmp_path) -> None:
    recipe, out = _written(tmp_path), tmp_path / "out"
    known = cluster.workers()
    victim = cluster.start("victim", *ONE)
    _until(lambda: len(cluster.workers()) > len(known))
    (address,) = cluster.workers().keys() - known.keys()

    def kill() -> None:
        _until(lambda: list(out.rglob("0000-done.h5")))
        _until(lambda: cluster.workers()[address])
        victim.send_signal(signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    run(recipe, sets=_sets(cluster), out=out)
    killer.join()
    cluster.end("victim")
    assert f"{address} died with unit" in (out / "workers.log").read_text()
    assert same(recipe, out, alone)


def test_a_scheduler_that_nobody_answers_for_is_named_before_anything_is_written(tmp_path, call, monkeypatch) -> None:
    monkeypatch.setattr("phasekit.runs.dask_cluster.ANSWER_S", 1)
    began = time.monotonic()
    said = call("run", _written(tmp_path), "--dask", NOWHERE, "--out", tmp_path / "out")
    assert time.monotonic() - began < 6
    assert said.code == 2
    assert f"no Dask scheduler answers at {NOWHERE}" in said.err
    assert not (tmp_path / "out").exists()


def test_workers_of_several_threads_are_refused(cluster, tmp_path) -> None:
    cluster.start("wide", "--nthreads", "2", "--no-nanny")
    try:
        _until(lambda: len(cluster.workers()) == 3)
        with pytest.raises(InputError, match=r"has 2 threads.*--nthreads 1"):
            run(_written(tmp_path), sets=_sets(cluster), out=tmp_path / "out")
    finally:
        cluster.end("wide")
    assert not (tmp_path / "out").exists()


def test_workers_with_another_version_are_refused_and_both_are_named(cluster, tmp_path, monkeypatch) -> None:
    def answers(*arguments: object) -> dict[str, object]:
        found = asked(*arguments)
        return {worker: {**said, "versions": {**said["versions"], "torch": "1.0"}} for worker, said in found.items()}

    monkeypatch.setattr("phasekit.runs.dask_cluster.asked", answers)
    with pytest.raises(InputError, match=rf"has torch 1\.0 and here it is {torch.__version__.split('+')[0]}"):
        run(_written(tmp_path), sets=_sets(cluster), out=tmp_path / "out")


def test_a_worker_that_cannot_import_phasekit_is_refused(cluster, tmp_path, monkeypatch) -> None:
    lacks = ModuleNotFoundError("No module named 'phasekit'")
    monkeypatch.setattr("phasekit.runs.dask_cluster.asked", lambda client, workers, mark: dict.fromkeys(workers, lacks))
    with pytest.raises(InputError, match=r"No module named 'phasekit'.*needs phasekit 0"):
        run(_written(tmp_path), sets=_sets(cluster), out=tmp_path / "out")


def test_a_folder_that_workers_do_not_see_is_refused(cluster, tmp_path, monkeypatch) -> None:
    def answers(client, workers, mark):
        return {worker: {**said, "sees": mark is None} for worker, said in asked(client, workers, mark).items()}

    monkeypatch.setattr("phasekit.runs.dask_cluster.asked", answers)
    with pytest.raises(InputError, match="does not see the run folder"):
        run(_written(tmp_path), sets=_sets(cluster), out=tmp_path / "out")


def test_a_worker_tells_whether_it_sees_a_file(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("phasekit.runs.dask_cluster.MARK_S", 0)
    (tmp_path / "mark").touch()
    assert told(str(tmp_path / "mark"))["sees"]
    assert not told(str(tmp_path / "other"))["sees"]


def test_dask_that_is_not_installed_is_said(tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install phasekit\[dask\]"):
        run(_written(tmp_path), sets=[f"dask={NOWHERE}"], out=tmp_path / "out")


def test_an_interrupted_run_stops_its_workers_with_their_state_kept(cluster, tmp_path) -> None:
    class Interrupts(Observer):
        def moved(self, progress: Settled, done: int) -> None:
            if progress.number is not None:
                _until(lambda: log.is_file() and "at step" in log.read_text())  # the other solver is on its way
                raise KeyboardInterrupt

    out = tmp_path / "out"
    log = out / "units" / "00-problem" / "00-er" / "run.log"
    recipe = _written(tmp_path, RECIPE.replace("er, steps: 300", "er, steps: 60000"))
    with pytest.raises(KeyboardInterrupt):
        run(recipe, sets=_sets(cluster), out=out, observer=Interrupts())
    _until(lambda: list(log.parent.glob("batches/0000-state.h5")), 6)  # a checkpoint would come after 8 s
    lines = log.read_text()
    time.sleep(0.5)
    assert log.read_text() == lines
    assert "kept" in lines.splitlines()[-1]
    assert ComparisonFolder(out).status == "interrupted"


def test_a_solver_that_hangs_or_kills_its_worker_is_named_and_the_rest_goes_on(cluster, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("phasekit.runs.dask_workers.TRIES", 2)  # it takes seconds until a worker is back
    deadly = tmp_path / "deadly.py"
    deadly.write_text(
        "import os\nfrom typing import Literal\nfrom phasekit import Solver\n\n\n"
        'class Deadly(Solver):\n    name: Literal["deadly"] = "deadly"\n\n'
        "    def run(self, problem, start, every=1):\n        os._exit(1)\n        yield start\n"
    )
    text = RECIPE.replace("seeds: 6\n", "  hangs: hangs\n  deadly: deadly\nseeds: 2\nlimit_s: 3\n")
    recipe = _written(tmp_path, text.replace("300", "20") + f"plugins: [{BAD}, {deadly}]\n")
    found = run(recipe, sets=_sets(cluster), out=tmp_path / "out")
    reasons = {e.solver: e.refusal or next(iter(e.failures.values()), "") for e in found.entries}
    assert "it took longer than the 3 s that a unit may take" in reasons["hangs"]
    assert "died 2 times" in reasons["deadly"]
    assert reasons["er"] == reasons["hio"] == ""


def test_a_scheduler_that_is_lost_leaves_what_is_finished(alone, tmp_path) -> None:
    recipe, out = _written(tmp_path), tmp_path / "out"
    short = Cluster(tmp_path)
    short.start("only", *ONE)

    def kill() -> None:
        _until(lambda: list(out.rglob("0000-done.h5")))
        short.scheduler.send_signal(signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        with pytest.raises(RunError, match="is lost; finished units stay, and --resume"):
            run(recipe, sets=_sets(short), out=out)
    finally:
        killer.join()
        short.close()
    done = {path: path.stat().st_mtime_ns for path in out.rglob("*-done.h5")}
    run(recipe, out=out, resume=True)  # at home
    assert {path: path.stat().st_mtime_ns for path in done} == done
    assert same(recipe, out, alone)
