"""What it costs to share a comparison out to workers: overhead of a unit, and speed-up of two workers over one.

A unit is one start of 500 iterations at 64³, on one thread. Its time in this process, with nothing around it, is
measured in turn with that in a worker: from the end of one unit to the end of the next. The overhead
is computed from the shortest of these times, since other work on the machine only adds to them, and from their medians;
the speed-up of two workers from the medians, and from whole runs with their start, choice of batches and report.
Writes benchmarks/results/units.json.

    python benchmarks/units.py [--units 8] [--rounds 3] [--workers local dask] [--out FILE]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from figures import write

from phasekit import Observer
from phasekit.comparing.batch_task import Settled
from phasekit.comparing.setup import prepare_contest
from phasekit.comparing.task import CompareTask
from phasekit.recipes.loader import load
from phasekit.runs.comparison_folder import ComparisonFolder
from phasekit.runs.comparison_run import compare_loaded
from phasekit.solving.job import Checkpoints
from phasekit.solving.running import run_batch

BARS = {"overhead": 0.05, "speed_up": 1.7}
RECIPE = """\
task: compare
source: {name: simulation, generator: crystal, shape: [64, 64, 64], photons: 1.0e6, seed: 1}
solvers: {hio: [{name: hio, steps: 450}, {name: er, steps: 50}]}
seeds: UNITS
batch: 1
workers: WORKERS
device: cpu
"""


class Ends(Observer):
    """Notes when units end."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def moved(self, progress: Settled, done: int) -> None:
        """Note one."""
        if progress.number is not None:
            assert progress.reason is None, progress.reason
            self.times.append(time.perf_counter())

    def each(self, workers: int) -> list[float]:
        """Return the seconds from one end to the next, of `workers` units that go on at once."""
        return [(after - before) for before, after in zip(self.times[:-workers], self.times[workers:], strict=True)]


def alone(recipe: Path) -> list[float]:
    """Return the seconds of each unit in this process, measured as a comparison measures, nothing kept."""
    torch.set_num_threads(1)
    contest = prepare_contest(load(recipe).task_of(CompareTask))
    (pair,) = contest.pairs()
    job, plan = contest.job(pair), contest.plan(pair)
    found = []
    for number in range(len(plan.batches)):
        began = time.perf_counter()
        run_batch(job, plan, number, Checkpoints(), Observer())
        found.append(time.perf_counter() - began)
    return found


def shared(recipe: Path, folder: Path, workers: int, address: str | None) -> tuple[list[float], float]:
    """Return the seconds of each unit in a worker, and those of the whole run."""
    torch.set_num_threads(workers)  # one each
    ends = Ends()
    sets = [f"workers={workers}"] + ([f"dask={address}"] if address else [])
    began = time.perf_counter()
    compare_loaded(load(recipe, sets), ComparisonFolder(folder), force=True, observer=ends)
    return ends.each(workers), time.perf_counter() - began


@contextmanager
def cluster(kind: str, workers: int) -> Iterator[str | None]:
    """Start a Dask cluster on this machine, where one is wanted; gives its address."""
    if kind == "local":
        yield None
        return
    from distributed import LocalCluster

    with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None, memory_limit=0) as made:
        yield made.scheduler_address


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--units", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", nargs="+", default=["local", "dask"], choices=["local", "dask"])
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    found: dict[str, Any] = {"units": options.units, "rounds": options.rounds, "bars": BARS}
    with tempfile.TemporaryDirectory() as scratch:
        recipe = Path(scratch) / "units.yaml"
        recipe.write_text(RECIPE.replace("UNITS", str(options.units)).replace("WORKERS", "1"))
        for kind in options.workers:
            found[kind] = measured(kind, recipe, Path(scratch) / kind, options.rounds)
    write("units", found, options.out)


def measured(kind: str, recipe: Path, folder: Path, rounds: int) -> dict[str, Any]:
    """Measure one kind of workers."""
    units: dict[str, list[float]] = {"alone": [], "of_1": [], "of_2": []}
    runs: dict[int, list[float]] = {1: [], 2: []}
    for number in range(rounds):
        units["alone"] += alone(recipe)
        for workers in (1, 2):
            with cluster(kind, workers) as address:
                each, seconds = shared(recipe, folder / f"{number}-{workers}", workers, address)
            units[f"of_{workers}"] += each
            runs[workers].append(seconds)
    medians = {name: statistics.median(values) for name, values in units.items()}
    found: dict[str, Any] = {
        "unit_alone_s": min(units["alone"]),
        "unit_of_1_s": min(units["of_1"]),
        "overhead": min(units["of_1"]) / min(units["alone"]) - 1,
        "overhead_medians": medians["of_1"] / medians["alone"] - 1,
        "speed_up": 2 * medians["of_1"] / medians["of_2"],
        "speed_up_whole_runs": statistics.median(runs[1]) / statistics.median(runs[2]),
        "units_s": units,
        "runs_s": {str(workers): values for workers, values in runs.items()},
    }
    print(
        kind, *(f"{name}: {value}" for name, value in found.items() if isinstance(value, float)), sep="\n  ", flush=True
    )
    return found


if __name__ == "__main__":
    main()
