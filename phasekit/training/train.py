"""From a training's job to the weights of a network, with their description."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from phasekit.core.environment import environment
from phasekit.core.generator import Generator
from phasekit.core.geometry import Geometry
from phasekit.core.observer import Observer
from phasekit.core.problem import Problem
from phasekit.runtime.device import choose_device, memory_available
from phasekit.runtime.errors import InputError
from phasekit.runtime.interrupt import heeded
from phasekit.training.learner import Learner
from phasekit.training.options import Training
from phasekit.training.processes import Processes, processes
from phasekit.training.samples import Simulator
from phasekit.training.task import TrainTask
from phasekit.training.trained import file_hash
from phasekit.training.trainer import Point, Trainer, TrainingState
from phasekit.training.validation import calibrated, shown
from phasekit.training.weights import Weights

ROOM = 0.4
"""Fraction of the free memory in which objects may be kept."""

MEASURED = 200
"""Validation samples whose oversampling is stored, so that data of another shape can be resampled to it."""


PHOTONS = 1e8
"""Counts at which their oversampling is determined: enough to see the whole object."""


@dataclass(frozen=True, eq=False)
class TrainingJob:
    """All that is fixed before the first update."""

    learner: Learner
    generator: Generator
    geometry: Geometry
    shape: tuple[int, ...]
    options: Training
    device: torch.device

    def simulator(self, device: torch.device) -> Simulator:
        """Return what makes the samples."""
        options = self.options
        return Simulator(
            self.generator,
            self.geometry,
            self.shape,
            options.augment,
            options.seed,
            options.samples,
            device,
            options.data,
            int(ROOM * memory_available(device)),
        )


@dataclass(frozen=True, eq=False)
class Trained:
    """The result of a training."""

    job: TrainingJob
    weights: Weights
    """Those with the lowest validation loss, with their description in `about`."""
    points: tuple[Point, ...]
    truth: Tensor
    """(few, *box) complex: validation objects, for the report."""
    answers: Tensor
    """(few, *box) complex: the network's answers to them, against the nearer of object and twin."""
    errors: Tensor
    """(few,) object errors of these answers."""
    finished: bool
    """Whether all epochs are done, or patience has ended; False if `minutes` were up."""
    seconds: float


class TrainingCheckpoints:
    """Stores the state of a training, so that it can continue after a kill; this base class stores nothing."""

    def began(self, job: TrainingJob) -> None:
        """Called with the job before the training."""

    def state(self) -> TrainingState | None:
        """Return the last state of an interrupted training; called in every process."""
        return None

    def moved(self, state: TrainingState) -> None:
        """Store a state if it is time; the state is not modified afterwards."""

    def stopped(self, state: TrainingState) -> None:
        """Store the last state: at the end, when the minutes are up, after an interruption or a failure."""


def prepare_training(task: TrainTask) -> TrainingJob:
    """Check that learner, generator, geometry and shape are compatible.

    Raises InputError, with the key in its `place`.
    """
    learner, options, space = task.solver, task.training, task.shape
    job = TrainingJob(
        learner=learner,
        generator=task.generator,
        geometry=task.geometry.for_data(len(space)),
        shape=space,
        options=options,
        device=choose_device(task.device),
    )
    if reason := learner.network.refusal(space, learner.box(space)):
        raise InputError(reason, "solver.network")
    if reason := options.augment.refusal(space):
        raise InputError(reason, "training.augment")
    if learner.weights is not None:
        reason = Weights.load(learner.weights).misfit(learner.network, space, learner.box(space))
        if reason:
            raise InputError(reason, "solver.weights")
    _try_one(job)
    if options.data is not None:
        _try_data(job, options.data)
    return job


def _try_one(job: TrainingJob) -> None:
    """Draw an object, so that an unsuitable generator is refused before anything is written."""
    try:
        alone = replace(job, options=job.options.model_copy(update={"data": None, "samples": 2}))
        alone.simulator(torch.device("cpu")).objects([0])
    except InputError:
        raise
    except Exception as error:  # a third-party generator may fail in any way; the message names it
        raise InputError(
            f"the generator '{job.generator.name}' cannot make an object for the box: {error}", "generator"
        ) from error


def _try_data(job: TrainingJob, path: Path) -> None:
    """Read the data set if it exists, otherwise make its folder."""
    if path.exists():
        job.simulator(torch.device("cpu"))
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error}); give another file", "training.data") from None


def run_training(
    job: TrainingJob, checkpoints: TrainingCheckpoints | None = None, observer: Observer | None = None
) -> Trained:
    """Train to the end, or until the minutes are up."""
    checkpoints, observer = checkpoints or TrainingCheckpoints(), observer or Observer()
    with processes(job.device) as together:
        if job.options.batch % together.count:
            raise InputError(
                f"a batch of {job.options.batch} cannot be divided among {together.count} processes; use a multiple",
                "training.batch",
            )
        device = torch.device("cuda", together.local) if job.device.type == "cuda" else job.device
        if not together.leads:
            together.agree(True)  # the leading process writes the data set, if one is requested
        simulator = job.simulator(device)
        if together.leads:
            together.agree(True)
        trainer = Trainer(job.learner, job.options, simulator, together, checkpoints.state())
        checkpoints.began(job)
        observer.began(job, trainer.steps, trainer.state.step)
        _run(trainer, checkpoints, observer, together, job.options.minutes)
        return _trained(job, trainer, simulator)


def _run(
    trainer: Trainer,
    checkpoints: TrainingCheckpoints,
    observer: Observer,
    together: Processes,
    minutes: float | None,
) -> None:
    began = time.monotonic()
    try:
        with heeded() as check:
            for state in trainer.run():
                checkpoints.moved(state)
                observer.moved(state, state.step)
                check()
                late = minutes is not None and time.monotonic() - began > 60 * minutes
                if minutes is not None and together.agree(late) and not trainer.finished():
                    break
    finally:
        checkpoints.stopped(trainer.state)


def _trained(job: TrainingJob, trainer: Trainer, simulator: Simulator) -> Trained:
    """Return the best weights, with their figures over the validation samples."""
    state, learner = trainer.state, job.learner
    module = trainer.averaged
    module.load_state_dict(dict(state.best))
    novelty = calibrated(learner, module, job.options, simulator)
    truth, answers, errors = shown(learner, module, job.options, simulator)
    best = next((point for point in state.points if point.epoch == state.best_epoch), None)
    about = {
        **learner.about(),
        **_origin(learner),
        "generator": job.generator.model_dump(mode="json"),
        "geometry": job.geometry.model_dump(mode="json"),
        "training": job.options.model_dump(mode="json", exclude={"data", "tensorboard", "minutes"}),
        "epoch": state.best_epoch,
        "figures": dict(best.figures) if best else {},
        "seconds": round(state.seconds, 1),
        "gate": novelty.plain(),
        "oversampling": _oversampling(job, simulator),
        "environment": {key: environment()[key] for key in ("date", "commit", "processor", "threads", "gpus")},
    }
    weights = Weights(learner.network, job.shape, learner.box(job.shape), state.best, about)
    return Trained(job, weights, state.points, truth, answers, errors, trainer.finished(), state.seconds)


def _origin(learner: Learner) -> dict[str, Any]:
    """Return the initial weights, if they are not random."""
    path = learner.weights
    return {} if path is None else {"started from": {"file": path.name, "sha256": file_hash(path)}}


def _oversampling(job: TrainingJob, simulator: Simulator) -> list[list[float]]:
    """Return the lowest, the median and the highest oversampling of some validation samples, per axis."""
    first = job.options.trained()
    numbers = range(first, min(first + MEASURED, job.options.samples))
    exact = simulator.samples(numbers, 0).exact.square().cpu()
    # With few counts the rim of the autocorrelation would vanish, and objects would look too small.
    ratios = [Problem.measured(one * (PHOTONS / one.sum()), job.geometry).oversampling() for one in exact]
    known = torch.tensor(ratios)
    rows = (known.amin(dim=0), known.median(dim=0).values, known.amax(dim=0))
    return [[round(float(v), 3) for v in row] for row in rows]
