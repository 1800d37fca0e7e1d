"""From a recipe to a job: data are loaded, everything is checked, errors name the recipe's line."""

from __future__ import annotations

import tempfile
from pathlib import Path

from phasekit.comparing.setup import Contest, prepare_contest
from phasekit.comparing.task import CompareTask
from phasekit.core.observer import Observer
from phasekit.doctor import Diagnosis, examine
from phasekit.recipes.loaded import LoadedRecipe
from phasekit.runs.training_recorder import event_writer
from phasekit.runtime.allocator import keep_freed_memory
from phasekit.solving.batches import Plan
from phasekit.solving.job import Job
from phasekit.solving.solve import prepare
from phasekit.solving.task import SolveTask
from phasekit.training.task import TrainTask
from phasekit.training.train import TrainingJob, prepare_training


def prepare_loaded(loaded: LoadedRecipe) -> Job:
    """Load the data of a recipe and check that everything fits together; errors name the recipe's line."""
    keep_freed_memory()
    with loaded.placing():
        return checked_job(loaded.task_of(SolveTask))


def checked_job(task: SolveTask) -> Job:
    """Load the data of a task and check that everything fits together, the requested volume too."""
    job = prepare(task)
    if task.volume is not None:
        task.volume.check(job.problem.geometry, job.problem.space)
    return job


def plan_for(loaded: LoadedRecipe, job: Job) -> Plan:
    """Choose the batches; a refusal for lack of memory names the recipe's line."""
    with loaded.placing():
        return job.plan()


def diagnose(loaded: LoadedRecipe, job: Job, plan: Plan) -> Diagnosis:
    """Examine the data of a recipe; see `phasekit.doctor.examine`."""
    return examine(job.problem, loaded.task_of(SolveTask).source.raw(), plan, job.solver.length())


def diagnose_contest(loaded: LoadedRecipe, contest: Contest) -> dict[str, Diagnosis]:
    """Examine the data of every problem of a comparison."""
    task = loaded.task_of(CompareTask)
    sources = task.problems or dict.fromkeys(contest.problems, task.source)
    raw = {name: source.raw() for name, source in sources.items() if source is not None}
    return {name: examine(problem, raw.get(name)) for name, problem in contest.problems.items()}


def warn(observer: Observer, diagnosis: Diagnosis, where: str = "") -> None:
    """Tell an observer every finding, before anything is computed; `where` names the data where there are several."""
    for finding in diagnosis.findings:
        observer.warned(f"{where}{finding.name}: {finding.figure} {finding.advice}")


def prepare_contest_of(loaded: LoadedRecipe) -> Contest:
    """Load the data of a recipe and check that everything fits together; errors name the recipe's line."""
    keep_freed_memory()
    with loaded.placing():
        return prepare_contest(loaded.task_of(CompareTask))


def prepare_training_of(loaded: LoadedRecipe) -> TrainingJob:
    """Check that everything in a recipe fits together; errors name its line."""
    keep_freed_memory()
    with loaded.placing():
        job = prepare_training(loaded.task_of(TrainTask))
        if job.options.tensorboard:
            _can_write_events()
        return job


def _can_write_events() -> None:
    """Check that TensorBoard is installed before anything is written."""
    with tempfile.TemporaryDirectory() as folder:
        event_writer(Path(folder)).close()
