"""A recipe with `task: solve` -> a run folder with results and report; can continue after a kill."""

from __future__ import annotations

import csv
import io
import time
from math import isfinite
from pathlib import Path

import torch

from phasekit.analysis.volume import Volume, volume
from phasekit.analysis.volume_options import VolumeOptions, untold
from phasekit.core.observer import Observer
from phasekit.core.result import MetricsRow, Result
from phasekit.export.cxi import write_cxi
from phasekit.export.vti import write_voxel_vti, write_vti
from phasekit.recipes.loaded import LoadedRecipe
from phasekit.report import write_figures, write_report
from phasekit.runs.folder import RunFolder
from phasekit.runs.prepare import diagnose, plan_for, prepare_loaded, warn
from phasekit.runs.recorder import Recorder
from phasekit.runtime import storage
from phasekit.solving.solve import run_job
from phasekit.solving.task import SolveTask

OUTPUTS = ("batches", "figures", "history.csv", "report.html", "result.cxi", "result.vti")
"""What a reconstruction writes into its run folder."""


def solve_loaded(
    loaded: LoadedRecipe,
    folder: RunFolder,
    *,
    resume: bool = False,
    force: bool = False,
    observer: Observer | None = None,
) -> Result:
    """Run the reconstruction of a recipe; see `phasekit.run`."""
    finished = folder.check(loaded, resume=resume, force=force)
    begun = None if force else folder.plan()
    if begun is not None and (threads := folder.threads()) is not None:
        torch.set_num_threads(threads)  # before the data are loaded, whose last digits depend on it too
    job = prepare_loaded(loaded)
    plan = begun or plan_for(loaded, job)
    if finished:
        return run_job(job, plan, Recorder(folder, only_read=True), observer)
    folder.open(loaded, OUTPUTS, force=force)
    with folder.at_work():
        if "doctor" not in folder.info():  # a resumed run has it
            diagnosis = diagnose(loaded, job, plan)
            folder.update(doctor=diagnosis.plain())
            warn(observer or Observer(), diagnosis)
        result = run_job(job, plan, Recorder(folder), observer)
        _write_results(folder, loaded, result)
    return result


def _write_results(folder: RunFolder, loaded: LoadedRecipe, result: Result) -> None:
    """Write all results of a finished run; run.json says done only after all are written."""
    write_history(folder.path / "history.csv", result.history)
    info = folder.info()
    recipe = (folder.path / "resolved.yaml").read_text(encoding="utf-8")
    fields = _volume(loaded.task_of(SolveTask), result)
    write_cxi(folder.path / "result.cxi", result, {**info, "recipe": recipe}, fields)
    if fields is not None:
        write_vti(folder.path / "result.vti", fields)
    elif result.problem.geometry.ndim == 3:
        write_voxel_vti(folder.path / "result.vti", result)
    write_figures(folder.path / "figures", result, fields)
    write_report(folder.path / "report.html", result, info, loaded.text, fields)
    folder.update(
        status="done",
        finished=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        seconds=result.seconds,
        rank=result.rank,
        seeds=list(result.seeds),
        best={name: value if isfinite(value := float(v[0])) else None for name, v in result.final.items()},
        agreeing=list(result.agreeing),
        failed=list(result.failed),
        reasons={str(seed): reason for seed, reason in result.reasons.items()},
    )
    folder.log("finished")


def _volume(task: SolveTask, result: Result) -> Volume | None:
    """Return the fields on an orthogonal grid; None if not requested and the geometry has no calibrated lengths."""
    if task.volume is None and untold(result.problem.geometry):
        return None
    return volume(result, **(task.volume or VolumeOptions()).model_dump())


def write_history(path: Path, rows: tuple[MetricsRow, ...]) -> None:
    """Write seed, step, seconds and every metric as CSV."""
    names = list(dict.fromkeys(name for row in rows for name in row.metrics))
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["seed", "step", "seconds", *names])
    for row in rows:
        values = (f"{row.metrics[name]:.9g}" if name in row.metrics else "" for name in names)
        table.writerow([row.seed, row.step, f"{row.seconds:.4f}", *values])
    storage.write_text(path, text.getvalue())
