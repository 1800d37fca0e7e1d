"""An ensemble is what the starts of a solver say together: in one frame, with deviations and curves over shells."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from phasekit import compare, fourier
from phasekit.analysis.resolution import prtf, resolution, shell_correlation
from phasekit.analysis.shells import Shells
from phasekit.analysis.strain import CrystalPhase, Reference
from phasekit.analysis.strain_spread import lattice_steps
from phasekit.comparing.ensemble import ObjectMoments
from phasekit.testing import reference_problem
from phasekit.testing.problems import truth_of

from .. import bad_solvers
from .contests import SIMULATION, SOLVERS
from .seen import FACTORS, Seen


def test_the_twin_of_the_truth_scores_as_the_truth() -> None:
    both = {"truth": bad_solvers.FindsTwin(), "twin": bad_solvers.FindsTwin(twin=True)}
    found = compare({**SIMULATION, "photons": None}, both, seeds=2)
    for metric in found.metrics():
        one, two = found.values("truth", metric), found.values("twin", metric)
        np.testing.assert_allclose(one, two, atol=2e-6)
    assert max(found.values("twin", "object-error")) < 1e-3
    ensembles = [entry.ensemble for entry in found.entries]
    assert ensembles[0] is not None
    assert ensembles[1] is not None
    assert torch.allclose(ensembles[0].best, ensembles[1].best, atol=1e-5)
    curve = ensembles[1].correlation
    assert curve is not None
    np.testing.assert_allclose(curve[curve.isfinite()], 1, atol=1e-6)


def test_the_prtf_of_an_object_that_explains_the_data_is_one() -> None:
    problem = reference_problem((16, 16, 16))
    shells = Shells.of(problem.geometry, problem.detector)
    truth = truth_of(problem)
    curve = prtf(problem, truth, shells)
    np.testing.assert_allclose(curve[curve.isfinite()], 1, atol=1e-4)
    assert torch.allclose(prtf(problem, truth / 2, shells) / curve, torch.tensor(0.5).double(), equal_nan=True)
    assert resolution(curve, shells) == pytest.approx(float(shells.resolution[curve.isfinite()][-1]))


def test_the_mean_of_random_phases_has_no_resolution() -> None:
    problem = reference_problem((16, 16, 16))
    shells = Shells.of(problem.geometry, problem.detector)
    assert math.isnan(resolution(torch.full_like(shells.radius, 0.1), shells))
    falling = torch.linspace(1, 0, len(shells.radius)).double()
    at = 1 / resolution(falling, shells)
    expected = np.interp(-math.exp(-1), -falling.numpy(), shells.radius.numpy())
    assert at == pytest.approx(expected, rel=1e-6)


def test_a_shell_correlation_sees_where_two_objects_part() -> None:
    problem = reference_problem((16, 16, 16))
    shells = Shells.of(problem.geometry, problem.detector)
    truth = truth_of(problem)
    wave = fourier.to_wave(truth.to(torch.complex128), 3)
    far = shells.radius[shells.index] > 0.3
    rng = torch.Generator().manual_seed(1)
    noise = torch.randn(wave.shape, generator=rng, dtype=torch.complex128) * wave.abs()
    other = fourier.to_object(torch.where(far, noise, wave), 3)
    curve = shell_correlation(truth, other, shells)
    near = shells.radius < 0.2
    np.testing.assert_allclose(curve[near & curve.isfinite()], 1, atol=1e-4)
    assert float(curve[(shells.radius > 0.5) & curve.isfinite()].abs().max()) < 0.5


def test_a_portrait_of_one_start_has_no_spread() -> None:
    found = compare(SIMULATION, {"er": SOLVERS["er"]}, seeds=1)
    ensemble = found.entries[0].ensemble
    assert ensemble is not None
    assert float(ensemble.amplitude_spread.max()) == 0
    assert ensemble.count == 1


def test_the_deviations_over_starts_are_those_of_a_direct_computation(seen: Seen) -> None:
    problem, objects, ensemble = seen
    assert ensemble.agreeing == len(FACTORS)
    support = ensemble.support
    direct = objects.abs().std(dim=0)
    torch.testing.assert_close(ensemble.agreed_amplitude_spread[support].double(), direct[support], rtol=1e-6, atol=0)
    reference, steps = Reference.of(problem.geometry), lattice_steps(problem.geometry, support)
    assert reference is not None
    strains = [CrystalPhase.of(object, support, steps).strains(reference)["strain"] for object in objects]
    expected = np.std(strains, axis=0, ddof=1)
    told = ensemble.strain_spread
    assert told is not None
    assert not np.isfinite(told[~support.numpy()]).any()
    np.testing.assert_allclose(told[np.isfinite(told)], expected[np.isfinite(expected)], rtol=1e-4, atol=1e-12)


def test_sums_give_the_mean_and_the_standard_deviations_of_all_that_was_added() -> None:
    rng = np.random.default_rng(0)
    target = rng.uniform(1, 2, (4, 5)) * np.exp(1j * rng.uniform(-3, 3, (4, 5)))
    turns = np.exp(1j * rng.normal(0, 0.3, (6, 4, 5)))
    objects = target * rng.uniform(0.5, 1.5, (6, 4, 5)) * turns
    sums = ObjectMoments(torch.from_numpy(target))
    for object in objects:
        sums.add(torch.from_numpy(object))
    mean, amplitude, phase = sums.mean_and_deviations()
    np.testing.assert_allclose(mean, objects.mean(axis=0))
    np.testing.assert_allclose(amplitude, np.std(abs(objects), axis=0, ddof=1), rtol=1e-6)
    np.testing.assert_allclose(phase, np.std(np.angle(turns), axis=0, ddof=1), rtol=1e-6)
