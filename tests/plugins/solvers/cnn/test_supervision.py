"""What an answer is compared with in training: the paper's losses, and the nearer of object and twin."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from phasekit import Geometry
from phasekit.training.object_error import twins
from phasekit.training.samples import Samples
from phasekit_plugins.losses.pearson import modified_pearson
from phasekit_plugins.solvers.cnn.supervision import Weighing, compared, relative_rmse

from .simulated import samples_of


def test_the_losses_are_those_of_the_paper() -> None:
    samples = samples_of()
    rng = torch.Generator().manual_seed(1)
    objects = torch.randn(samples.truth.shape, dtype=torch.complex64, generator=rng)
    amplitude = torch.rand(samples.exact.shape, generator=rng)
    found = compared(objects, amplitude, samples, Weighing(0, 1, 2, 3), nearer=False).numpy()
    for i in range(2):
        p, g = objects[i].numpy(), samples.truth[i].numpy()
        l1 = np.sqrt(((abs(p) - abs(g)) ** 2).sum() / (abs(g) ** 2).sum())
        l2 = np.sqrt(((np.angle(p) - np.angle(g)) ** 2).sum() / (np.angle(g) ** 2).sum())
        x, y = amplitude[i].numpy(), samples.exact[i].numpy()
        dx, dy = x - x.mean(), y - y.mean()
        l3 = 1 - (abs(dx) * abs(dy)).sum() / np.sqrt((dx**2).sum() * (dy**2).sum())
        assert found[i] == pytest.approx((l1 + 2 * l2 + 3 * l3) / 6, rel=1e-4)


def test_the_nearer_of_object_and_twin_counts_as_right() -> None:
    samples = samples_of()
    turned = twins(samples.truth)
    own = compared(turned, samples.exact, samples, Weighing(1, 0, 0, 1), nearer=True)
    plain = compared(turned, samples.exact, samples, Weighing(1, 0, 0, 1), nearer=False)
    assert float(own.max()) < 1e-3
    assert float(plain.min()) > 0.05


def test_the_papers_losses_know_the_twin_by_its_range_of_phases() -> None:
    rng = torch.Generator().manual_seed(0)
    phase = torch.rand(1, 5, 5, 5, generator=rng)
    truth = torch.polar(torch.ones_like(phase), phase)
    samples = Samples(
        *(torch.ones(1, 10, 10, 10),) * 2, truth, torch.ones(1, 10, 10, 10), Geometry.resolve("far-field")
    )
    low, high = float(phase.min()), float(phase.max())
    answer = torch.polar(torch.ones_like(phase), low + high - phase.flip((1, 2, 3)))
    assert float(compared(answer, samples.exact, samples, Weighing(0, 1, 1, 0), nearer=True)) < 1e-4


def test_losses_are_finite_with_finite_gradients_where_nothing_is_predicted() -> None:
    samples = samples_of()
    objects = torch.zeros_like(samples.truth).requires_grad_()
    amplitude = torch.zeros_like(samples.exact).requires_grad_()
    loss = compared(objects, amplitude, samples, Weighing(1, 1, 1, 1), nearer=True).sum()
    gradients = torch.autograd.grad(loss, [objects, amplitude])
    assert bool(loss.isfinite())
    assert all(bool(gradient.isfinite().all()) for gradient in gradients)


def test_sums_of_the_paper_are_zero_only_for_what_is_equal() -> None:
    data = torch.rand(3, 6, 6, 6, generator=torch.Generator().manual_seed(0))
    assert float(relative_rmse(data, data).max()) < 1e-8
    everywhere = torch.ones(6, 6, 6, dtype=torch.bool)
    assert float(modified_pearson(data, 2 * data + 1, everywhere).abs().max()) < 1e-5
    assert float(relative_rmse(2 * data, data)[0]) == pytest.approx(1)
