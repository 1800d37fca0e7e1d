"""Small learners and trainings, for tests that cannot wait."""

from __future__ import annotations

from typing import Any

import torch

from phasekit import Generator, Geometry, Observer
from phasekit.training.augmentation import Augmentation
from phasekit.training.samples import Simulator
from phasekit.training.task import TrainTask
from phasekit.training.train import Trained, TrainingCheckpoints, prepare_training, run_training

NETWORK = {"name": "unrolled", "channels": 8, "deep_channels": 8, "stages": 1}
SHAPE = (16, 16, 16)
FAULTS = {
    "photons": [1e3, 1e6],
    "gaps": 0.5,
    "coherence": [0.0, 0.5],
    "centre": 0.4,
    "oversampling": [0.7, 1.0],
    "symmetries": True,
}


def learner(**options: Any) -> dict[str, Any]:
    """Return a learner with a network of some thousands of weights."""
    return {"name": "cnn", "network": NETWORK, **options}


def recipe(**training: Any) -> dict[str, Any]:
    """Return a recipe that trains in a second or two."""
    options = {"samples": 24, "validation": 0.25, "epochs": 2, "batch": 6, "warmup": 2, **training}
    return {
        "task": "train",
        "solver": learner(),
        "generator": "superellipsoid",
        "shape": list(SHAPE),
        "training": options,
        "device": "cpu",
    }


def trained(
    checkpoints: TrainingCheckpoints | None = None, observer: Observer | None = None, **training: Any
) -> Trained:
    """Train as `recipe` says."""
    keys = recipe(**training)
    keys.pop("task")
    return run_training(prepare_training(TrainTask.of(**keys)), checkpoints, observer)


def simulator(
    shape: tuple[int, ...] = SHAPE, geometry: Any = "far-field", generator: Any = "superellipsoid", **faults: Any
) -> Simulator:
    """Return what makes the samples of eight objects, with these faults."""
    options = Augmentation.model_validate(faults)
    made = Generator.resolve(generator), Geometry.resolve(geometry)
    return Simulator(*made, shape, options, 0, 8, torch.device("cpu"), room=2**30)
