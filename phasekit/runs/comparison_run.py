"""A recipe with `task: compare` -> a run folder with every start, figures and report; can continue after a kill."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

import torch

from phasekit.comparing.assemble import assembled
from phasekit.comparing.batch_task import Settled, Unit
from phasekit.comparing.comparison import Comparison
from phasekit.comparing.figures import figures_of, reasons, seeds_table
from phasekit.comparing.setup import ENSEMBLE, Contest
from phasekit.comparing.task import CompareTask
from phasekit.core.observer import Observer
from phasekit.recipes.loaded import LoadedRecipe
from phasekit.report.comparison.page import write_comparison_report
from phasekit.runs.comparison_folder import ComparisonFolder
from phasekit.runs.dask_cluster import check_cluster
from phasekit.runs.dask_workers import DaskWorkers
from phasekit.runs.prepare import diagnose_contest, prepare_contest_of, warn
from phasekit.runs.workers import Workers, visible_gpus
from phasekit.runtime import storage
from phasekit.runtime.errors import RunError
from phasekit.runtime.json_text import json_text

OUTPUTS = ("bench.json", "comparison.json", "report.html", "seeds.csv", "units", "workers.log")
"""What a comparison writes into its run folder."""


def compare_loaded(
    loaded: LoadedRecipe,
    folder: ComparisonFolder,
    *,
    resume: bool = False,
    force: bool = False,
    observer: Observer | None = None,
) -> Comparison:
    """Run the comparison of a recipe; see `phasekit.run`. Finished units are kept, whatever happens to the others."""
    observer, recipe = observer or Observer(), loaded.task_of(CompareTask)
    finished = folder.check(loaded, resume=resume, force=force)
    contest = prepare_contest_of(loaded)
    if finished:
        return assembled(contest, folder.gathered(contest))
    if recipe.dask is not None:
        with loaded.placing():
            check_cluster(recipe.dask)
    begun = None if force or folder.status is None else folder.info()
    folder.open(loaded, OUTPUTS, force=force)
    with folder.at_work():
        count, threads = _shared_out(recipe, contest, begun)
        folder.update(workers=count, threads=threads)
        if begun is None:
            diagnoses = diagnose_contest(loaded, contest)
            folder.update(doctor={name: diagnosis.plain() for name, diagnosis in diagnoses.items()})
            for name, diagnosis in diagnoses.items():
                warn(observer, diagnosis, f"{name}: " if len(diagnoses) > 1 else "")
        _forget_failures(contest, folder)
        with _workers(recipe, contest, folder, count, threads) as workers:
            _work(contest, folder, workers, observer)
        comparison = assembled(contest, folder.gathered(contest))
        if all(entry.ensemble is None for entry in comparison.entries):
            raise RunError("no solver returned an object: " + "; ".join(reasons(comparison.entries)))
        _write_results(folder, loaded, comparison)
    return comparison


def _shared_out(recipe: CompareTask, contest: Contest, begun: Mapping[str, object] | None) -> tuple[int, int]:
    """Return the numbers of processes (0: all of a cluster) and of their threads; a resumed run keeps these."""
    problem = next(iter(contest.problems.values()))
    if recipe.dask is not None:
        count, threads = recipe.workers or 0, threads_on_cluster()
        return count, int(str(begun["threads"])) if begun and "threads" in begun else threads
    count = recipe.workers or (torch.cuda.device_count() if problem.device.type == "cuda" else 1)
    if begun and "threads" in begun:
        return count, int(str(begun["threads"]))
    return count, max(torch.get_num_threads() // count, 1)


def threads_on_cluster() -> int:
    """Return the number of threads of a Dask worker: OMP_NUM_THREADS of this process, otherwise 1.

    The cores of this machine do not matter, nor the threads of torch here: a cluster started by this process sets
    OMP_NUM_THREADS=1, but too late for torch.
    """
    threads = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0]
    return max(int(threads), 1) if threads.isdecimal() else 1


def _workers(
    recipe: CompareTask, contest: Contest, folder: ComparisonFolder, count: int, threads: int
) -> Workers | DaskWorkers:
    """Return the workers."""
    if recipe.dask is None:
        on_gpu = next(iter(contest.problems.values())).device.type == "cuda"
        return Workers(folder.path, count, threads, recipe.limit_s, visible_gpus() if on_gpu else ())
    return DaskWorkers(recipe.dask, folder.path, count, threads, recipe.limit_s)


def _forget_failures(contest: Contest, folder: ComparisonFolder) -> None:
    """Delete the failures, so that failed units are tried again."""
    for pair in contest.pairs():
        kept = folder.pair(pair)
        for path in (*map(kept.failure_file, (None, ENSEMBLE)), *kept.path.glob("batches/*-failed.txt")):
            path.unlink(missing_ok=True)


def _work(contest: Contest, folder: ComparisonFolder, workers: Workers | DaskWorkers, observer: Observer) -> None:
    """Choose the batches of every pair, then run them."""
    pairs = contest.pairs()
    folders = [folder.pair(pair) for pair in pairs]
    done = 0

    def settled(unit: Unit, reason: str | None) -> None:
        nonlocal done
        pair = pairs[unit.pair]
        if reason is not None:
            storage.write_text(folders[unit.pair].failure_file(unit.number), reason)
        folder.log(f"{pair.solver} on {pair.problem}, {unit}: {reason or 'done'}")
        done += unit.number is not None
        observer.moved(Settled(pair, unit.number, reason), done)

    workers.run([Unit(i) for i in range(len(pairs)) if not folders[i].settled(None)], settled)
    plans = [(i, plan) for i, one in enumerate(folders) if (plan := one.plan()) is not None]
    # Solvers in turn, so that an unfinished comparison has results of each.
    units = sorted((number, i) for i, plan in plans for number in range(len(plan.batches)))
    left = [Unit(i, number) for number, i in units if not folders[i].settled(number)]
    together = [Unit(i, ENSEMBLE) for i, _ in plans]
    last = [unit for unit in together if left or not folders[unit.pair].settled(ENSEMBLE)]
    done = len(units) + len(together) - len(left) - len(last)
    observer.began(contest, len(units) + len(together), done)
    workers.run(left, settled)
    workers.run(last, settled)


def _write_results(folder: ComparisonFolder, loaded: LoadedRecipe, comparison: Comparison) -> None:
    """Write all results of a finished comparison; run.json says done only after all are written."""
    storage.write_text(folder.path / "seeds.csv", seeds_table(comparison))
    figures = figures_of(comparison)
    storage.write_text(folder.path / "comparison.json", json_text(figures))
    write_comparison_report(folder.path / "report.html", comparison, folder.info(), loaded.text)
    folder.update(status="done", finished=time.strftime("%Y-%m-%dT%H:%M:%S%z"), ranking=figures["ranking"])
    folder.log("finished")
