"""train(): a learner, a generator and a geometry -> the weights of a network, with what is known of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from torch import Tensor

from phasekit.core.environment import environment
from phasekit.core.generator import Generator
from phasekit.core.geometry import Geometry
from phasekit.core.mistakes import listed
from phasekit.core.problem import Problem
from phasekit.runtime.device import choose_device, memory_available
from phasekit.runtime.errors import InputError
from phasekit.runtime.interrupt import heeded
from phasekit.solving.solve import resolved
from phasekit.training.learner import Learner
from phasekit.training.options import Training
from phasekit.training.processes import Processes, processes
from phasekit.training.samples import Simulator
from phasekit.training.trained import file_hash
from phasekit.training.trainer import Point, Trainer, TrainingState
from phasekit.training.validation import calibrated, shown
from phasekit.training.weights import Weights

ROOM = 0.4
"""Part of the free memory that objects may fill to be kept."""

MEASURED = 200
"""Validation samples whose oversampling is taken down, so that data of another box can be brought to theirs."""


PHOTONS = 1e8
"""Counts for which their oversampling is told: enough that it is that of the object."""


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
    """What a training has come to."""

    job: TrainingJob
    weights: Weights
    """Those with the lowest validation loss, and in `about` what is known of them."""
    points: tuple[Point, ...]
    truth: Tensor
    """(few, *box) complex: validation objects, for the report."""
    answers: Tensor
    """(few, *box) complex: what the network gives for them, turned to the nearer of object and twin."""
    errors: Tensor
    """(few,) the object errors of these answers."""
    finished: bool
    """Whether all epochs are done, or patience has ended; not so where `minutes` were up."""
    seconds: float


class TrainingWatch:
    """What looks on while a network is trained: a run folder, a progress bar. Every method may be left as it is."""

    def began(self, job: TrainingJob, steps: int) -> None:
        """See the job before the first update."""

    def went_on(self) -> TrainingState | None:
        """Return where an earlier training was cut off; every process asks."""
        return None

    def moved(self, state: TrainingState) -> None:
        """See a state; it may be kept, it is never written to again."""

    def warned(self, sentence: str) -> None:
        """Hear of what went wrong and did not stop the training."""

    def stopped(self, state: TrainingState) -> None:
        """See the last state: at the end, where the minutes are up, where it is interrupted or fails."""


def train(
    solver: Any,
    generator: Any,
    *,
    shape: Sequence[int],
    geometry: Any = "far-field",
    training: Any = None,
    device: str = "auto",
    watch: TrainingWatch | None = None,
) -> Trained:
    """Train the network of a learner on a generator's objects.

    The keywords are the keys of a recipe with `task: train`, and take what a recipe takes: `solver` a learner
    (`cnn`), `generator` and `geometry` plugins, `shape` that of the data, `training` a mapping of the options of
    `phasekit.training.options.Training`. `Trained.weights.save(path)` writes what `weights` of a learner takes.

    Raises InputError for what cannot be done, RunError where the loss is not a number in spite of lower rates.
    """
    job = prepare_training(solver, generator, shape, geometry, training, device)
    return run_training(job, watch or TrainingWatch())


def prepare_training(
    solver: Any, generator: Any, shape: Sequence[int], geometry: Any, training: Any, device: str
) -> TrainingJob:
    """Check that learner, generator, geometry and shape go together; see `train`."""
    learner = resolved("solver", Learner, solver)
    options = _options(training)
    space = tuple(int(n) for n in shape)
    if len(space) not in (2, 3) or min(space) < 8:
        raise InputError(f"the shape is {space}; 2 or 3 axes of at least 8 voxels are needed", "shape")
    job = TrainingJob(
        learner=learner,
        generator=resolved("generator", Generator, generator),
        geometry=resolved("geometry", Geometry, geometry).for_data(len(space)),
        shape=space,
        options=options,
        device=choose_device(device),
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


def _options(training: Any) -> Training:
    try:
        return training if isinstance(training, Training) else Training.model_validate(training or {})
    except ValidationError as error:
        raise InputError(listed(error, training), "training") from None


def _try_one(job: TrainingJob) -> None:
    """Draw an object, so that a generator that cannot fill the box is refused before anything is written."""
    try:
        alone = replace(job, options=job.options.model_copy(update={"data": None, "samples": 2}))
        alone.simulator(torch.device("cpu")).objects([0])
    except InputError:
        raise
    except Exception as error:  # a stranger's generator may fail in any way; it is named
        raise InputError(f"the generator '{job.generator.name}' cannot fill the box: {error}", "generator") from error


def _try_data(job: TrainingJob, path: Path) -> None:
    """Read the data set where there is one, and make its folder where there is none."""
    if path.exists():
        job.simulator(torch.device("cpu"))
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error}); name another file", "training.data") from None


def run_training(job: TrainingJob, watch: TrainingWatch) -> Trained:
    """Train to the end, or until the minutes are up."""
    with processes(job.device) as together:
        if job.options.batch % together.count:
            raise InputError(
                f"a batch of {job.options.batch} cannot be shared by {together.count} processes; take a multiple",
                "training.batch",
            )
        device = torch.device("cuda", together.local) if job.device.type == "cuda" else job.device
        if not together.leads:
            together.agree(True)  # the leading process writes the data set, if there is to be one
        simulator = job.simulator(device)
        if together.leads:
            together.agree(True)
        trainer = Trainer(job.learner, job.options, simulator, together, watch.went_on())
        watch.began(job, trainer.steps)
        _run(trainer, watch, together, job.options.minutes)
        return _trained(job, trainer, simulator)


def _run(trainer: Trainer, watch: TrainingWatch, together: Processes, minutes: float | None) -> None:
    began = time.monotonic()
    try:
        with heeded() as check:
            for state in trainer.run():
                watch.moved(state)
                check()
                late = minutes is not None and time.monotonic() - began > 60 * minutes
                if minutes is not None and together.agree(late) and not trainer.finished():
                    break
    finally:
        watch.stopped(trainer.state)


def _trained(job: TrainingJob, trainer: Trainer, simulator: Simulator) -> Trained:
    """Put together what there is: the best weights, and what the validation samples say of them."""
    state, learner = trainer.state, job.learner
    module = trainer.averaged
    module.load_state_dict(dict(state.best))
    gate = calibrated(learner, module, job.options, simulator)
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
        "gate": gate.plain(),
        "oversampling": _oversampling(job, simulator),
        "environment": {key: environment()[key] for key in ("date", "commit", "processor", "threads", "gpus")},
    }
    weights = Weights(learner.network, job.shape, learner.box(job.shape), state.best, about)
    return Trained(job, weights, state.points, truth, answers, errors, trainer.finished(), state.seconds)


def _origin(learner: Learner) -> dict[str, Any]:
    """Return what the training began from, if not from random weights."""
    path = learner.weights
    return {} if path is None else {"started from": {"file": path.name, "sha256": file_hash(path)}}


def _oversampling(job: TrainingJob, simulator: Simulator) -> list[list[float]]:
    """Return the least, the median and the largest oversampling of some validation samples, per axis."""
    first = job.options.trained()
    numbers = range(first, min(first + MEASURED, job.options.samples))
    exact = simulator.samples(numbers, 0).exact.square().cpu()
    # Few counts would hide the rim of the autocorrelation, and objects would look smaller than those of the data.
    ratios = [Problem.measured(one * (PHOTONS / one.sum()), job.geometry).oversampling() for one in exact]
    known = torch.tensor(ratios)
    rows = (known.amin(dim=0), known.median(dim=0).values, known.amax(dim=0))
    return [[round(float(v), 3) for v in row] for row in rows]
