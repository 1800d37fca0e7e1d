"""Intervals of the phase hold what they promise where errors are as they are taken to be."""

from __future__ import annotations

import math

import pytest
import torch

from phasekit.uncertainty import coverage, judged, misfit, phase_deviation

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
    spread = torch.full(SHAPE, 0.1)
    assert coverage(object, spread, truth, WHERE, 1.0) == pytest.approx(0.683, abs=0.03)
    assert coverage(object, spread, truth, WHERE, 2.0) == pytest.approx(0.954, abs=0.02)


def test_what_no_data_tell_is_taken_off() -> None:
    object, truth = _objects(0.0)
    index = torch.arange(24, dtype=torch.float64) - 12
    ramp = torch.polar(torch.ones(24, dtype=torch.float64), 0.02 * index + 1.3)
    assert float(misfit(object * ramp, truth, WHERE).abs().max()) < 1e-9


def test_few_photons_make_a_phase_uncertain_where_all_starts_agree() -> None:
    object, _ = _objects(0.0, modulus=5.0)
    found = phase_deviation(object, torch.zeros(SHAPE))
    assert float(found[WHERE].max()) == pytest.approx(1 / (5 * math.sqrt(2)))
    assert bool(found[~WHERE].isinf().all())


def test_nothing_is_judged_where_there_is_no_object() -> None:
    empty = torch.zeros(SHAPE, dtype=torch.complex128)
    nowhere = torch.zeros(SHAPE, dtype=torch.bool)
    assert not bool(judged(empty, nowhere).any())
    assert math.isnan(coverage(empty, torch.zeros(SHAPE), empty, nowhere))
