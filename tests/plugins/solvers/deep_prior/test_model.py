"""What goes into the networks, and what is made of their objects: scale, background, coherence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from phasekit import Problem, fourier
from phasekit.testing import reference_problem, start_state
from phasekit_plugins.solvers.deep_prior.candidate import Candidate
from phasekit_plugins.solvers.deep_prior.model import PriorModel

from .prior import SHAPE, SMALL, deep_prior, last


def test_the_scale_is_the_one_that_fits_the_data_best() -> None:
    problem = reference_problem(SHAPE, gap=True)
    state = last(deep_prior(), problem)
    predicted = problem.predict(state.object)[:, problem.valid].numpy().astype(float)
    measured = problem.amplitude[problem.valid].numpy().astype(float)
    best = (predicted @ measured) / (predicted**2).sum(axis=1)
    np.testing.assert_allclose(best, 1, atol=2e-5)


@pytest.mark.parametrize("network", [SMALL, {"name": "paper", "channels": [3, 4]}])
@pytest.mark.parametrize("fill", ["prediction", "zero"])
def test_validation_voxels_are_not_fitted(network: dict[str, Any], fill: str) -> None:
    problem = reference_problem(SHAPE, gap=True)
    solver = deep_prior(network=network, fill=fill, validation=0.2, keep="last")
    hidden = problem.hold_out(0.2, seed=1, radius=0).held_out
    other = torch.where(hidden, problem.intensity.flip(0), problem.intensity)
    changed = Problem.measured(other, problem.geometry, problem.valid, truth=problem.truth)
    assert torch.equal(last(solver, problem).object, last(solver, changed).object)


def test_a_known_background_stays_as_it_is() -> None:
    clean = reference_problem(SHAPE, gap=True)
    flat = 0.5 * float(clean.intensity.mean())
    problem = Problem.measured(clean.intensity + flat, clean.geometry, clean.valid)
    start = start_state(problem).changed(nuisance={"background": torch.tensor([flat, 2 * flat])})
    for options in ({}, {"validation": 0.2}):
        state = last(deep_prior(**options), problem, start)
        assert torch.equal(state.nuisance["background"], start.nuisance["background"])


def test_the_background_is_found_along_with_the_object() -> None:
    clean = reference_problem((16, 16), photons=None)
    flat = float(clean.intensity.mean())
    problem = Problem.measured(clean.intensity + flat, clean.geometry)
    solver = deep_prior(steps=600, rate=0.02, noise=0.0, nuisance=["background"])
    state = last(solver, problem, start_state(problem, (3,)))
    assert float(state.nuisance["background"][0]) == pytest.approx(flat, rel=0.25)
    predicted = problem.predict(state.object, state.nuisance)[0]
    without = problem.predict(state.object)[0]
    chi2 = [float(((p - problem.amplitude) ** 2).sum() / problem.intensity.sum()) for p in (predicted, without)]
    assert chi2[0] < 0.1 * chi2[1]


def test_partial_coherence_is_found_along_with_the_object() -> None:
    clean = reference_problem((24, 24))
    problem = Problem.measured(fourier.smooth(clean.intensity, 1.0, 2).clamp(min=0), clean.geometry)
    options = {"network": {"name": "decoder", "channels": [16, 16]}, "steps": 800, "noise": 0.0, "coarse_first": 0.0}
    options["rate"] = {"name": "cosine", "start": 0.02, "stop": 0.0}
    chi2 = {}
    for nuisance in ((), ("coherence",)):
        state = last(deep_prior(nuisance=nuisance, **options), problem, start_state(problem, (3,)))
        predicted = problem.predict(state.object, state.nuisance)[0]
        chi2[nuisance] = float(((predicted - problem.amplitude) ** 2).sum() / problem.intensity.sum())
    assert chi2["coherence",] < 0.5 * chi2[()]
    # An object a little smaller blurs its fringes too, so not all of the width is told from it.
    assert 0.3 < float(state.nuisance["coherence"].mean()) < 1.5


def test_the_distance_to_an_object_is_blind_to_any_complex_factor() -> None:
    problem = reference_problem(SHAPE)
    model = PriorModel(deep_prior(), problem, start_state(problem))
    parts, targets = torch.randn(2, 2, *SHAPE, dtype=torch.complex64, generator=torch.Generator().manual_seed(0))
    parts, targets = (of[fourier.inside(model.networks.box)] for of in (parts, targets))
    a, b = (of.flatten(1).numpy().astype(complex) for of in (parts, targets))
    expected = 1 - np.abs((a * b.conj()).sum(axis=1)) ** 2 / (abs(a) ** 2).sum(axis=1) / (abs(b) ** 2).sum(axis=1)
    for factor in (1, 3j):
        np.testing.assert_allclose(model.distance(factor * parts, model.placed(targets)), expected, rtol=1e-5)
    assert float(model.distance(2j * targets, model.placed(targets)).abs().max()) < 1e-6


def test_a_network_that_reads_the_data_gets_what_was_predicted_where_nothing_is_trusted() -> None:
    problem = reference_problem(SHAPE, gap=True)
    model = PriorModel(deep_prior(network={"name": "paper", "channels": [3, 4]}), problem, start_state(problem, (3,)))
    predicted = torch.arange(1.0, 1 + len(problem.untrusted))
    everywhere = torch.ones(SHAPE, dtype=torch.bool)
    (seen,) = model.inputs([Candidate(0, 0, {}, {}, everywhere, everywhere, predicted, predicted)])
    expected = problem.amplitude.clone()
    expected[~problem.valid] = predicted
    largest = problem.amplitude[problem.valid].max()
    torch.testing.assert_close(seen[0], torch.fft.fftshift(expected / largest))
