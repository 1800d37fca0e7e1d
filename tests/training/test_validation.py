"""Figures of a network are those of its answers to the samples held back, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from phasekit import Generator, Geometry, Learner
from phasekit.training.novelty import features
from phasekit.training.options import Training
from phasekit.training.samples import Simulator
from phasekit.training.validation import calibrated, shown, validate, validation_batches

from .. import toys

OPTIONS = Training.model_validate(toys.recipe(samples=40, validation=0.5)["training"])
LEARNER = Learner.resolve(toys.learner())


@pytest.fixture(scope="module")
def simulator() -> Simulator:
    parts = Generator.resolve("superellipsoid"), Geometry.resolve("far-field"), toys.SHAPE, OPTIONS.augment
    return Simulator(*parts, OPTIONS.seed, OPTIONS.samples, torch.device("cpu"), room=2**30)


@pytest.fixture(scope="module")
def module() -> nn.Module:
    return LEARNER.untrained(toys.SHAPE, 1)


def test_the_samples_held_back_are_the_last_ones_and_always_the_same(simulator: Simulator) -> None:
    batches = list(validation_batches(OPTIONS, simulator))
    assert [len(batch) for batch in batches] == [16, 4]
    truth = torch.cat([batch.truth for batch in batches])
    assert torch.equal(truth, simulator.objects(range(20, 40)))
    again = torch.cat([batch.amplitude for batch in validation_batches(OPTIONS, simulator)])
    assert torch.equal(torch.cat([batch.amplitude for batch in batches]), again)


def error(object: np.ndarray, truth: np.ndarray) -> float:
    """Return the distance of an object from the truth at the best global phase, as part of the truth."""
    overlap = np.vdot(object, truth)
    return float(np.linalg.norm(object * overlap / abs(overlap) - truth) / np.linalg.norm(truth))


def twin(object: np.ndarray) -> np.ndarray:
    """Return the conjugate inversion about the voxel n//2, index by index."""
    inverted = np.zeros_like(object)
    for index in np.ndindex(*object.shape):
        partner = tuple(2 * (n // 2) - i for i, n in zip(index, object.shape, strict=True))
        if all(0 <= p < n for p, n in zip(partner, object.shape, strict=True)):
            inverted[index] = object[partner].conj()
    return inverted


def test_figures_are_medians_over_the_samples_and_losses_means(simulator: Simulator, module: nn.Module) -> None:
    figures = validate(LEARNER, module, OPTIONS, simulator, 0, 10)
    losses, errors = [], []
    with torch.no_grad():
        for samples in validation_batches(OPTIONS, simulator):
            losses += LEARNER.loss(module, samples, 0, 10).tolist()
            answers = LEARNER.answers(module, samples.amplitude, samples.valid)
            for answer, truth in zip(answers.numpy(), samples.truth.numpy(), strict=True):
                errors.append(min(error(answer, truth), error(answer, twin(truth))))
    assert figures["validation_loss"] == pytest.approx(np.mean(losses), rel=1e-5)
    assert figures["object_error"] == pytest.approx(np.sort(errors)[(len(errors) - 1) // 2], rel=1e-4)


class Oracle(nn.Module):
    """Knows the answers to the samples held back."""


def test_a_network_that_knows_every_answer_has_no_error_and_no_residual(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = iter([simulator.objects(range(20, 36)), simulator.objects(range(36, 40))])

    def told(self: Learner, module: nn.Module, amplitude: Tensor, valid: Tensor) -> Tensor:
        return next(known) * 1j

    monkeypatch.setattr(type(LEARNER), "answers", told)
    monkeypatch.setattr(type(LEARNER), "loss", lambda self, module, samples, step, steps: torch.zeros(len(samples)))
    figures = validate(LEARNER, Oracle(), OPTIONS, simulator, 0, 10)
    for name in ("validation_loss", "object_error", "phase_error", "residual"):
        assert figures[name] == pytest.approx(0, abs=2e-3), name
    assert figures["flat_phase_error"] > 0.1


def test_objects_that_are_shown_are_turned_to_their_answers_nearest_of_object_and_twin(
    simulator: Simulator, module: nn.Module
) -> None:
    truth, turned, errors = shown(LEARNER, module, OPTIONS, simulator)
    for one, other, missed, number in zip(truth.numpy(), turned.numpy(), errors.tolist(), range(20, 24), strict=True):
        object = simulator.objects([number])[0].numpy()
        assert np.array_equal(one, object) or np.allclose(one, twin(object))
        assert np.linalg.norm(other - one) / np.linalg.norm(one) == pytest.approx(missed, rel=1e-4)
        assert np.angle(np.vdot(one, other)) == pytest.approx(0, abs=1e-4)


def test_a_gate_calls_about_one_in_twenty_of_the_samples_that_set_it_outside(
    simulator: Simulator, module: nn.Module
) -> None:
    novelty = calibrated(LEARNER, module, OPTIONS, simulator)
    (first, *_) = validation_batches(OPTIONS, simulator)
    with torch.no_grad():
        answers = LEARNER.answers(module, first.amplitude, first.valid)
    found = features(answers, first.amplitude, first.valid, simulator.geometry).double()
    assert int(novelty.outside(found).sum()) <= 2
    assert bool(novelty.outside(found + 30).all())
