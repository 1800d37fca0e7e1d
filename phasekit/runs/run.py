"""run(): a recipe -> a run folder with results and report; goes on after a kill."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from phasekit.analysis.volume import Volume, volume
from phasekit.analysis.volume_options import VolumeOptions, untold
from phasekit.comparing.comparison import Comparison
from phasekit.comparing.task import CompareTask
from phasekit.core.result import Result
from phasekit.doctor import Diagnosis, examine
from phasekit.export.cxi import write_cxi
from phasekit.export.vti import write_vti
from phasekit.recipes.loader import Loaded, load
from phasekit.report import write_figures, write_report
from phasekit.runs.comparison_folder import ComparisonFolder
from phasekit.runs.comparison_run import CompareWatch, compare_loaded
from phasekit.runs.folder import RunFolder
from phasekit.runs.recorder import Recorder
from phasekit.runs.training_run import train_loaded
from phasekit.runtime.allocator import keep_freed_memory
from phasekit.solving.batches import Plan
from phasekit.solving.job import Job, Watch
from phasekit.solving.solve import prepare, run_job
from phasekit.training.task import TrainTask
from phasekit.training.train import Trained, TrainingWatch


def run(
    recipe: Path | str | Mapping[str, Any],
    *,
    sets: Sequence[str] = (),
    out: Path | str | None = None,
    resume: bool = False,
    force: bool = False,
    watch: Watch | TrainingWatch | CompareWatch | None = None,
) -> Result | Trained | Comparison:
    """Do what a recipe says and leave a run folder; the same as `phasekit run`.

    `recipe` is a YAML file or a mapping with the same keys; `sets` are changes as "solver.0.beta=0.8"; `out`
    the folder. A finished run is read back, an unfinished one goes on with `resume`, `force` starts again. Returns
    what the function that the recipe's `task` names returns.

    Raises InputError (with file and line where there is one) before anything is written, RunError after.
    """
    loaded = load(recipe, sets)
    folder = folder_of(loaded, out)
    if isinstance(loaded.recipe, TrainTask):
        looking = watch if isinstance(watch, TrainingWatch) else None
        return train_loaded(loaded, folder, resume=resume, force=force, watch=looking)
    if isinstance(loaded.recipe, CompareTask):
        compared = ComparisonFolder(folder.path)
        comparing = watch if isinstance(watch, CompareWatch) else None
        return compare_loaded(loaded, compared, resume=resume, force=force, watch=comparing)
    return run_loaded(loaded, folder, resume=resume, force=force, watch=watch if isinstance(watch, Watch) else None)


def folder_of(loaded: Loaded, out: Path | str | None = None) -> RunFolder:
    """Return the run folder: `out`, else the recipe's, else runs/NAME here."""
    return RunFolder(Path(out or loaded.recipe.out or Path("runs") / loaded.name))


def prepare_loaded(loaded: Loaded) -> Job:
    """Load the data of a recipe and check that everything fits together; errors name the recipe's line."""
    keep_freed_memory()
    with loaded.placing():
        recipe = loaded.solving
        job = prepare(**recipe.keywords())
        if recipe.volume is not None:
            recipe.volume.check(job.problem.geometry, job.problem.space)
        return job


def plan_for(loaded: Loaded, job: Job) -> Plan:
    """Choose the batches; a refusal for lack of memory names the recipe's line."""
    with loaded.placing():
        return job.plan()


def diagnose(loaded: Loaded, job: Job, plan: Plan) -> Diagnosis:
    """Examine the data of a recipe; see `phasekit.doctor.examine`."""
    return examine(job.problem, loaded.solving.source.raw(), plan, job.solver.length())


def run_loaded(
    loaded: Loaded,
    folder: RunFolder,
    *,
    resume: bool = False,
    force: bool = False,
    watch: Watch | None = None,
) -> Result:
    """Run a recipe that has been read; see `run`."""
    finished = folder.check(loaded, resume=resume, force=force)
    # First, for it sets the threads again, on which the last digits of the data depend too.
    begun = None if force else folder.plan()
    job = prepare_loaded(loaded)
    plan = begun or plan_for(loaded, job)
    if finished:
        return run_job(job, plan, Recorder(folder, only_read=True))
    folder.open(loaded, force=force)
    with folder.at_work():
        if "doctor" not in folder.info():  # a run that goes on has it
            folder.update(doctor=diagnose(loaded, job, plan).plain())
        result = run_job(job, plan, Recorder(folder, watch))
        _write_results(folder, loaded, result)
    return result


def _write_results(folder: RunFolder, loaded: Loaded, result: Result) -> None:
    """Write everything that a finished run leaves; run.json says done only when all of it is there."""
    folder.write_history(result.history)
    info = folder.info()
    recipe = (folder.path / "resolved.yaml").read_text(encoding="utf-8")
    told = _volume(loaded, result)
    write_cxi(folder.path / "result.cxi", result, {**info, "recipe": recipe}, told)
    if told is not None:
        write_vti(folder.path / "result.vti", told)
    write_figures(folder.path / "figures", result, told)
    write_report(folder.path / "report.html", result, info, loaded.text, told)
    folder.update(
        status="done",
        finished=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        seconds=result.seconds,
        rank=result.rank,
        seeds=list(result.seeds),
        best={name: value if isfinite(value := float(v[0])) else None for name, v in result.final.items()},
        agreeing=list(result.agreeing),
        failed=list(result.failed),
    )
    folder.log("finished")


def _volume(loaded: Loaded, result: Result) -> Volume | None:
    """Return the fields on an orthogonal grid; None where nobody asked and the geometry has no true lengths."""
    options = loaded.solving.volume
    if options is None:
        if untold(result.problem.geometry):
            return None
        options = VolumeOptions()
    return volume(result, **options.model_dump())
