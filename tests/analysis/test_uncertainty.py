"""Intervals of the phase hold what they promise where errors are as they are taken to be."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch

from phasekit import Geometry, Problem
from phasekit.analysis.uncertainty import (
    DRIFT_FACTOR,
    NOISE_FACTOR,
    STARTS,
    SUITE_COVERAGE,
    coverage,
    drift,
    judged,
    misfit,
    phase_deviation,
)

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
SHAPE = (24, 24, 24)
WHERE = torch.zeros(SHAPE, dtype=torch.bool)
WHERE[6:18, 6:18, 6:18] = True


def _objects(deviation: float, modulus: float = 1e6) -> tuple[torch.Tensor, torch.Tensor]:
    rng = torch.Generator().manual_seed(1)
    truth = torch.polar(modulus * WHERE.double(), torch.zeros(SHAPE, dtype=torch.float64))
    off = deviation * torch.randn(SHAPE, generator=rng, dtype=torch.float64)
    return truth * torch.polar(torch.ones_like(off), off), truth


def test_gaussian_errors_are_covered_by_two_thirds() -> None:
    object, truth = _objects(0.1)
    assert coverage(object, torch.full(SHAPE, 0.1), truth, WHERE) == pytest.approx(0.683, abs=0.03)
    assert coverage(object, torch.full(SHAPE, 0.2), truth, WHERE) == pytest.approx(0.954, abs=0.02)


def test_what_no_data_tell_is_taken_off() -> None:
    object, truth = _objects(0.0)
    index = torch.arange(24, dtype=torch.float64) - 12
    ramp = torch.polar(torch.ones(24, dtype=torch.float64), 0.02 * index + 1.3)
    assert float(misfit(object * ramp, truth, WHERE).abs().max()) < 1e-9


def test_few_photons_make_a_phase_uncertain_where_nothing_drifts() -> None:
    object, _ = _objects(0.0, modulus=5.0)
    found = phase_deviation(object, 0.0, 3, noise=1.0)
    assert float(found[WHERE].max()) == pytest.approx(1 / (5 * math.sqrt(2)))
    assert bool(found[~WHERE].isinf().all())


def test_starts_that_agree_make_it_surer_as_errors_of_their_own_would() -> None:
    object, _ = _objects(0.0)
    one, four, many, more = (float(phase_deviation(object, 1.0, n, noise=0.0)[WHERE][0]) for n in (1, 4, STARTS, 1000))
    assert one == pytest.approx(2 * four)
    assert more == many


def _measured(object: torch.Tensor) -> Problem:
    return Problem.measured(Geometry.resolve("far-field").forward(object).abs().square(), Geometry.resolve("far-field"))


def test_what_fits_its_data_does_not_drift() -> None:
    phase = 0.3 * torch.linspace(0, 3, 24, dtype=torch.float64).sin().expand(SHAPE)
    object = torch.polar(100 * WHERE.double(), phase)
    assert drift(_measured(object), object, WHERE) < 1e-6


def test_what_has_too_narrow_a_support_drifts() -> None:
    phase = 0.3 * torch.linspace(0, 6, 24, dtype=torch.float64).sin().expand(SHAPE)
    object = torch.polar(100 * WHERE.double(), phase)
    narrow = WHERE.clone()
    narrow[6:8, :, 6:14] = False
    problem, found = _measured(object), object * narrow
    for _ in range(50):
        found = problem.project(found) * narrow
    assert drift(problem, found, narrow) > 1.0


def test_nothing_is_judged_where_there_is_no_object() -> None:
    empty = torch.zeros(SHAPE, dtype=torch.complex128)
    nowhere = torch.zeros(SHAPE, dtype=torch.bool)
    assert not bool(judged(empty, nowhere).any())
    assert math.isnan(coverage(empty, torch.zeros(SHAPE), empty, nowhere))
    assert drift(_measured(_objects(0.0)[1]), empty, nowhere) == math.inf


def test_the_coverage_that_the_report_tells_is_the_one_that_was_measured() -> None:
    found = json.loads((RESULTS / "coverage.json").read_text(encoding="utf-8"))["judged_phasekit_factors"]
    pairs = [pair["coverage"] for pair in found["pairs"]]
    measured = {"mean": found["mean"], "lowest": min(pairs), "highest": max(pairs), "pairs": len(pairs)}
    assert measured == pytest.approx(SUITE_COVERAGE, abs=0.005)
    assert (found["drift_factor"], found["noise_factor"]) == (DRIFT_FACTOR, NOISE_FACTOR)
