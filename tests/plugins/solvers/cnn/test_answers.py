"""What a network is shown, what its answers are scaled to, and what is said of them."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from phasekit import fourier, solve
from phasekit.testing import reference_problem
from phasekit.training.novelty import Novelty, features
from phasekit.training.weights import Weights
from phasekit_plugins.solvers.cnn.answers import Answers, _filled, placed, predicted

from .simulated import problem_of


def test_the_answer_is_at_the_scale_of_the_data(weights: Path) -> None:
    problem = problem_of(photons=1e5)
    object = solve(problem, {"name": "cnn", "weights": weights}, seeds=1).best
    predicted = problem.predict(object)
    scale = float((predicted * problem.amplitude).sum() / predicted.square().sum())
    assert scale == pytest.approx(1, abs=1e-4)


def test_untrusted_voxels_far_from_any_other_are_not_invented() -> None:
    valid = torch.zeros(1, 16, 16, 16, dtype=torch.bool)
    valid[:, :4, :4, :4] = True
    valid[:, 1, 1, 1] = False
    filled = _filled(torch.where(valid, 5.0, 0.0), valid)
    assert float(filled[0, 1, 1, 1]) == pytest.approx(5, rel=1e-4)
    assert float(filled[0, 9, 9, 9]) == 0
    assert float(filled.max()) == pytest.approx(5, rel=1e-4)


def test_gates_read_what_solving_reads(weights: Path) -> None:
    problem = problem_of()
    result = solve(problem, {"name": "cnn", "weights": weights}, seeds=1)
    novelty = Novelty.from_plain(Weights.load(weights).about["gate"])
    box = result.best[fourier.half_box(problem.space)][None]
    found = features(box, problem.amplitude[None], problem.valid[None], problem.geometry)
    assert float(result.diagnostics["strangeness"][0]) == pytest.approx(float(novelty.strangeness(found)), abs=0.02)


class Told(nn.Module):
    """Gives the same objects for anything, and keeps what it was asked."""

    def __init__(self, objects: torch.Tensor) -> None:
        super().__init__()
        self.objects, self.asked = objects, torch.empty(0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.asked = x
        return self.objects


def test_a_network_is_shown_amplitudes_centred_up_to_1_and_its_objects_are_scaled_to_fit_them() -> None:
    problems = [reference_problem((12, 10, 8), gap=True, seed=seed) for seed in (0, 1)]
    amplitude, valid = (torch.stack([getattr(p, name) for p in problems]) for name in ("amplitude", "valid"))
    objects = torch.randn(2, 6, 5, 4, dtype=torch.complex64, generator=torch.Generator().manual_seed(0))
    module = Told(objects)
    found, seen = predicted(module, amplitude, valid)
    for i in range(2):
        wave = np.abs(np.fft.ifftn(placed(objects, (12, 10, 8))[i].numpy(), norm="ortho"))
        p, m = wave[valid[i].numpy()], amplitude[i][valid[i]].numpy()
        scale = (p * m).sum() / (p**2).sum()
        np.testing.assert_allclose(found[i].numpy(), scale * objects[i].numpy(), rtol=1e-4)
        np.testing.assert_allclose(seen[i].numpy(), scale * wave, rtol=1e-3, atol=1e-3 * scale)
        shown = np.fft.ifftshift(module.asked[i, 0].numpy())
        np.testing.assert_allclose(shown[valid[i].numpy()], m / m.max(), rtol=1e-5)


def test_batches_put_together_are_one_batch() -> None:
    numbers = torch.arange(5.0)
    whole = Answers(torch.arange(80.0).reshape(5, 4, 4) + 0j, numbers, numbers / 5, numbers > 2)
    parts = [Answers(*(getattr(whole, one.name)[side] for one in fields(Answers))) for side in (slice(2), slice(2, 5))]
    for field in fields(Answers):
        assert torch.equal(getattr(Answers.joined(parts), field.name), getattr(whole, field.name))
