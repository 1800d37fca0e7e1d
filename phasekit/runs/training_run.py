"""A recipe with `task: train` -> a run folder with weights, curves and report; can continue after a kill."""

from __future__ import annotations

import os
import time
from typing import Any

import torch

from phasekit.core.observer import Observer
from phasekit.recipes.loaded import LoadedRecipe
from phasekit.report.training import write_training_report
from phasekit.runs.folder import RunFolder
from phasekit.runs.prepare import prepare_training_of
from phasekit.runs.training_recorder import TrainingRecorder, write_curves
from phasekit.training.train import Trained, run_training

OUTPUTS = ("checkpoint.h5", "history.csv", "report.html", "tensorboard", "weights.safetensors")
"""What a training writes into its run folder."""


def train_loaded(
    loaded: LoadedRecipe,
    folder: RunFolder,
    *,
    resume: bool = False,
    force: bool = False,
    observer: Observer | None = None,
) -> Trained:
    """Run the training of a recipe; see `phasekit.run`. Of several processes only the first writes.

    A finished training is read back from its checkpoint.
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
    """Write all results; run.json says done only if all epochs are done and all results are written."""
    write_curves(folder.path / "history.csv", trained.points)
    trained.weights.save(folder.path / "weights.safetensors")
    write_training_report(folder.path / "report.html", trained, folder.info(), loaded.text)
    entries: dict[str, Any] = {"seconds": trained.seconds, "figures": trained.weights.about["figures"]}
    if trained.finished:
        entries |= {"status": "done", "finished": time.strftime("%Y-%m-%dT%H:%M:%S%z")}
    else:
        entries |= {"status": "interrupted"}
    folder.update(**entries)
    folder.log("finished" if trained.finished else "its time limit was reached; --resume continues")
