"""Every solver is measured from outside, the same way; metrics have names of their own, and one of them ranks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from phasekit import Loss, solve
from phasekit.solving.evaluation import labels, measure, references, with_free_poisson

from .jobs import PROBLEM, prepared


def test_a_metric_is_that_of_the_estimate() -> None:
    problem = PROBLEM
    result = solve(problem, {"name": "hio", "steps": 12}, seeds=2, batch=2, metrics=("chi2",))
    for object, chi2 in zip(result.object, result.final["chi2"], strict=True):
        amplitude = np.abs(np.fft.ifftn(object.numpy(), norm="ortho"))
        measured = problem.amplitude.numpy()
        expected = ((amplitude - measured) ** 2).sum() / (measured**2).sum()
        assert float(chi2) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    ("options", "rank"),
    [
        ({}, "chi2"),
        ({"metrics": ("r-factor", "chi2")}, "r-factor"),
        ({"rank": "r-factor"}, "r-factor"),
        ({"held_out": 0.1}, "free-poisson"),
        ({"held_out": 0.1, "rank": "chi2"}, "chi2"),
        ({"metrics": ("chi2", "chi2"), "rank": "chi2 2"}, "chi2 2"),
    ],
)
def test_what_ranks(options: dict[str, Any], rank: str) -> None:
    assert prepared(PROBLEM, "er", **options).rank == rank


def test_metrics_of_one_label_are_numbered() -> None:
    metrics = [Loss.resolve(name) for name in ("chi2", "r-factor", "chi2", "chi2")]
    assert labels(metrics) == ("chi2", "r-factor", "chi2 2", "chi2 3")


def test_held_out_voxels_are_judged_by_the_free_likelihood_which_is_measured_once() -> None:
    chi2, free = Loss.resolve("chi2"), Loss.resolve("free-poisson")
    assert labels(with_free_poisson((chi2,))) == ("chi2", "free-poisson")
    assert with_free_poisson((free, chi2)) == (free, chi2)


def test_members_that_failed_or_are_not_numbers_are_measured_as_nothing_and_the_rest_as_if_alone() -> None:
    job = prepared(PROBLEM, "er", seeds=(0, 1, 2))
    state = job.begin(job.seeds)
    expected = measure(PROBLEM, job.solver, state, job.metrics)
    spoilt = state.object.clone()
    spoilt[1, 0, 0] = torch.nan
    state = state.changed(object=spoilt, active=torch.tensor([True, True, False]))
    for name, values in measure(PROBLEM, job.solver, state, job.metrics).items():
        assert values.dtype == torch.float64
        assert values.isnan().tolist() == [False, True, True]
        torch.testing.assert_close(values[0], expected[name][0])


def test_a_metric_that_needs_the_truth_has_beside_it_what_the_true_shape_with_flat_phase_scores() -> None:
    metrics = (Loss.resolve("chi2"), Loss.resolve("object-error"))
    (name,) = references(PROBLEM, metrics)
    assert name == "object-error of the true shape with flat phase"
    truth = PROBLEM.truth
    assert truth is not None
    modulus, energy = truth.abs().numpy().astype(float), float(truth.abs().square().sum())
    # The best of the flat objects at places a twentieth of a voxel apart.
    twin = np.roll(np.flip(modulus), (1, 1), (0, 1))
    shifts = np.linspace(-1, 1, 41)
    ramps = [np.exp(2j * np.pi * np.outer(shifts, np.fft.fftfreq(n))) for n in modulus.shape]
    crosses = [np.fft.fftn(truth.numpy()).conj() * np.fft.fftn(flat) for flat in (modulus, twin)]
    overlap = max(np.abs(ramps[0] @ cross @ ramps[1].T).max() for cross in crosses) / modulus.size
    factor = abs((modulus * truth.numpy()).sum()) / energy  # the least squares' one, where the flat object stands
    expected = np.sqrt(1 + factor**2 - 2 * factor * overlap / energy)
    assert references(PROBLEM, metrics)[name] == pytest.approx(expected, rel=1e-3)
    assert references(replace(PROBLEM, truth=None), metrics) == {}
