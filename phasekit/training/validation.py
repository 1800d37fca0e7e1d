"""Validation: the errors of a network's answers to samples that it was not trained on, and its novelty detector."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from phasekit.training.learner import Learner
from phasekit.training.novelty import Novelty, features
from phasekit.training.object_error import flat, mixture, nearer, object_errors, phase_errors
from phasekit.training.options import Training
from phasekit.training.samples import Samples, Simulator

SHOWN = 4
"""Validation samples that the report shows."""


def validation_batches(options: Training, simulator: Simulator) -> Iterator[Samples]:
    """Yield the validation samples batch by batch; always the same ones, with the same faults."""
    first, size = options.trained(), max(options.batch, 16)
    for start in range(first, options.samples, size):
        yield simulator.samples(range(start, min(start + size, options.samples)), 0)


def validate(
    learner: Learner, module: nn.Module, options: Training, simulator: Simulator, step: int, steps: int
) -> dict[str, float]:
    """Return the figures of a network over the validation samples: medians, for losses means.

    `floor` is the plain loss of the mean of object and twin: the lowest loss of a network that cannot distinguish the
    two.
    """
    rows: dict[str, list[Tensor]] = {}

    def note(name: str, values: Tensor | None) -> None:
        if values is not None:
            rows.setdefault(name, []).append(values.detach().double().cpu())

    module.eval()
    with torch.no_grad():
        for samples in validation_batches(options, simulator):
            with torch.autocast(simulator.device.type, torch.bfloat16, enabled=options.precision == "mixed"):
                note("validation_loss", learner.loss(module, samples, step, steps))
            objects = learner.answers(module, samples.amplitude, samples.valid)
            errors, truth = nearer(objects, samples.truth)
            note("floor", learner.floor(samples, step, steps))
            note("object_error", errors)
            note("flat_phase_error", object_errors(flat(truth), truth))
            note("twin_mixture_error", object_errors(mixture(truth), truth))
            note("phase_error", phase_errors(objects, truth))
            note("flat_phase_phase_error", phase_errors(flat(truth), truth))
            note("residual", features(objects, samples.amplitude, samples.valid, simulator.geometry).exp()[:, 0])
    found = {name: torch.cat(values) for name, values in rows.items()}
    means = ("validation_loss", "floor")
    return {name: float(v.mean() if name in means else v.median()) for name, v in found.items()}


def calibrated(learner: Learner, module: nn.Module, options: Training, simulator: Simulator) -> Novelty:
    """Return the novelty detector, calibrated with the answers to the validation samples."""
    module.eval()
    found = []
    with torch.no_grad():
        for samples in validation_batches(options, simulator):
            objects = learner.answers(module, samples.amplitude, samples.valid)
            found.append(features(objects, samples.amplitude, samples.valid, simulator.geometry))
    return Novelty.of(torch.cat(found).double().cpu())


def shown(
    learner: Learner, module: nn.Module, options: Training, simulator: Simulator
) -> tuple[Tensor, Tensor, Tensor]:
    """Return a few validation objects, the network's answers aligned with them, and their errors, on the CPU."""
    module.eval()
    first = options.trained()
    with torch.no_grad():
        samples = simulator.samples(range(first, min(first + SHOWN, options.samples)), 0)
        objects = learner.answers(module, samples.amplitude, samples.valid)
        errors, truth = nearer(objects, samples.truth)
        overlap = (objects * truth.conj()).flatten(1).sum(dim=1)
        phase = torch.polar(torch.ones_like(overlap.real), -overlap.angle())
        turned = objects * phase.reshape(-1, *[1] * (truth.ndim - 1))
    return truth.cpu(), turned.cpu(), errors.cpu()
