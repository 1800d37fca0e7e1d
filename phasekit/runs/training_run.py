"""A recipe with `task: train` -> a run folder with weights, curves and report; goes on after a kill."""

from __future__ import annotations

import os
import time
from typing import Any

import torch

from phasekit.core.observer import Observer
from phasekit.recipes.loader import LoadedRecipe
from phasekit.report.training import write_training_report
from phasekit.runs.folder import RunFolder
from phasekit.runs.training_recorder import TrainingRecorder, event_writer, write_curves
from phasekit.runtime.allocator import keep_freed_memory
from phasekit.training.processes import Processes
from phasekit.training.task import TrainTask
from phasekit.training.train import Trained, TrainingJob, prepare_training, run_training
from phasekit.training.trainer import Trainer

OUTPUTS = ("checkpoint.h5", "history.csv", "report.html", "tensorboard", "weights.safetensors")
"""What a training leaves in its run folder."""


def prepare_training_of(loaded: LoadedRecipe) -> TrainingJob:
    """Check that everything in a recipe fits together; errors name its line."""
    keep_freed_memory()
    with loaded.placing():
        job = prepare_training(loaded.task_of(TrainTask))
        if job.options.tensorboard:
            _can_write_events()
        return job


def _can_write_events() -> None:
    """Ask for TensorBoard before anything is written."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        event_writer(Path(folder)).close()


def training_facts(loaded: LoadedRecipe) -> dict[str, str]:
    """Return what `phasekit check` says of a recipe that trains: sizes, and the time that an update takes here."""
    job = prepare_training_of(loaded)
    options, learner = job.options, job.learner
    module = learner.untrained(job.shape, options.seed)
    parameters = sum(parameter.numel() for parameter in module.parameters())
    few = options.model_copy(update={"data": None, "samples": 2 * options.batch})
    alone = TrainingJob(learner, job.generator, job.geometry, job.shape, few, job.device)
    trainer = Trainer(learner, few, alone.simulator(job.device), Processes(), None)
    seconds = min(trainer.timed() for _ in range(2))
    shape, box = (" × ".join(map(str, sizes)) for sizes in (job.shape, learner.box(job.shape)))
    return {
        "network": f"{learner.network.name}, {parameters / 1e6:.3g} million weights",
        "data": f"{shape}, an object of at most {box}",
        "samples": f"{options.trained()} to train, {options.held_back()} to validate, {options.epochs} epochs",
        "updates": f"{options.epochs * options.updates()} of {options.batch} samples",
        "device": str(job.device),
        "expected time": f"{seconds * options.epochs * options.updates() / 60:.3g} min, and the drawing of the samples",
    }


def train_loaded(
    loaded: LoadedRecipe,
    folder: RunFolder,
    *,
    resume: bool = False,
    force: bool = False,
    observer: Observer | None = None,
) -> Trained:
    """Train as a recipe says; see `phasekit.run`. Of several processes the first writes, the others compute.

    A finished training is told again from its checkpoint.
    """
    leads = int(os.environ.get("RANK", "0")) == 0
    finished = leads and folder.check(loaded, resume=resume, force=force)
    if leads and not force and (threads := folder.threads()) is not None:
        torch.set_num_threads(threads)
    job = prepare_training_of(loaded)
    if finished or not leads:
        return run_training(job, TrainingRecorder(folder, leads=False))
    folder.open(loaded, OUTPUTS, force=force)
    folder.update(threads=torch.get_num_threads(), processes=int(os.environ.get("WORLD_SIZE", "1")))
    with folder.at_work():
        trained = run_training(job, TrainingRecorder(folder, observer), observer)
        _write_results(folder, loaded, trained)
    return trained


def _write_results(folder: RunFolder, loaded: LoadedRecipe, trained: Trained) -> None:
    """Write what a training leaves; run.json says done only when all epochs are done and all of it is there."""
    write_curves(folder.path / "history.csv", trained.points)
    trained.weights.save(folder.path / "weights.safetensors")
    write_training_report(folder.path / "report.html", trained, folder.info(), loaded.text)
    told: dict[str, Any] = {"seconds": trained.seconds, "figures": trained.weights.about["figures"]}
    if trained.finished:
        told |= {"status": "done", "finished": time.strftime("%Y-%m-%dT%H:%M:%S%z")}
    else:
        told |= {"status": "interrupted"}
    folder.update(**told)
    folder.log("finished" if trained.finished else "its minutes are up; --resume goes on")
