"""What `phasekit check` prints for a training."""

from __future__ import annotations

from phasekit.recipes.loaded import LoadedRecipe
from phasekit.runs.prepare import prepare_training_of
from phasekit.training.processes import Processes
from phasekit.training.train import TrainingJob
from phasekit.training.trainer import Trainer


def training_facts(loaded: LoadedRecipe) -> dict[str, str]:
    """Return sizes, and the expected time on this machine."""
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
        "expected time": f"{seconds * options.epochs * options.updates() / 60:.3g} min, plus drawing the samples",
    }
