"""The functions that a Dask worker runs for a comparison: it does units like a local process.

Arguments and results are plain data; outcomes are in the run folder.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from phasekit.comparing.batch_task import Unit
from phasekit.comparing.setup import ENSEMBLE, Contest
from phasekit.core.observer import Observer
from phasekit.core.registry import registry
from phasekit.runs.comparison_folder import ComparisonFolder
from phasekit.runs.dask_cluster import LATE_S, appears
from phasekit.runs.worker import contest_in, work
from phasekit.runtime.allocator import keep_freed_memory
from phasekit.runtime.errors import said
from phasekit.solving.job import Progress


def do_unit(folder: str, pair: int, number: int | None, threads: int, topic: str) -> dict[str, str | None]:
    """Do one unit of the run in `folder`; return the reason of a failure, if it failed, and the file that it wrote.

    The unit's time limit starts with the event on `topic`, after the data are read.
    """
    from distributed import get_worker

    worker = get_worker()
    torch.set_num_threads(threads)
    unit, kept = Unit(pair, number), ComparisonFolder(Path(folder))
    try:
        contest = _contest(folder, (kept.path / "resolved.yaml").read_text(encoding="utf-8"), threads)
    except Exception as error:  # an error of a third-party source is reported like any other failure
        return {"failed": f"the data could not be read on the Dask worker {worker.address}: {said(error)}"}
    key = worker.get_current_task()
    worker.log_event(topic, {"begins": key})
    its = kept.pair(contest.pairs()[pair])
    try:
        # Another machine may have just written it; choosing again could give other batches.
        for file in _needed(kept, contest, unit):
            if not appears(file, LATE_S):
                return {"failed": f"{file} is not visible on the Dask worker {worker.address}"}
        work(contest, kept, unit, _WhileWanted(worker, key))
    except KeyboardInterrupt:
        return {"failed": "it was stopped"}
    except Exception as error:  # a third-party solver may fail in any way; the others continue
        return {"failed": said(error)}
    return {"failed": None, "left": str(its.left_file(number))}


def _needed(folder: ComparisonFolder, contest: Contest, unit: Unit) -> list[Path]:
    """Return the files of other units that a unit reads."""
    pair = contest.pairs()[unit.pair]
    if unit.number is None:
        return []
    if unit.number != ENSEMBLE:
        return [folder.pair(pair).left_file(None)]
    files = []
    for other in contest.pairs():
        kept = folder.pair(other)
        plan = kept.plan() if other.problem == pair.problem else None
        numbers = range(len(plan.batches) if plan else 0)
        files += [kept.left_file(number) for number in numbers if kept.failure(number) is None]
    return files


class _WhileWanted(Observer):
    """Interrupts a unit, which stores its state, when the client has cancelled its task or has gone."""

    def __init__(self, worker: Any, key: object) -> None:
        self.worker, self.key = worker, key

    def moved(self, progress: Progress, done: int) -> None:
        """Return whether the scheduler still wants the task."""
        task = self.worker.state.tasks.get(self.key)
        if task is None or task.state == "cancelled":
            raise KeyboardInterrupt


@lru_cache(maxsize=1)
def _contest(folder: str, recipe: str, threads: int) -> Contest:
    """Load the data once for all units of a run; their last digits depend on the number of threads."""
    # A worker outlives runs, and plugin files of two runs may define plugins of the same name.
    registry.cache_clear()
    keep_freed_memory()
    return contest_in(ComparisonFolder(Path(folder)))
