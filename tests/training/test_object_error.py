"""The error of an object counts neither a global phase nor the twin."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from phasekit import fourier
from phasekit.training.object_error import flat, mixture, nearer, object_errors, phase_errors, twins

SIZES = st.lists(st.integers(3, 7), min_size=2, max_size=3)


def _object(sizes: Sequence[int], seed: int) -> torch.Tensor:
    """Draw (1, *sizes), zero where an even length has no partner."""
    rng = torch.Generator().manual_seed(seed)
    object = torch.randn(1, *sizes, dtype=torch.complex64, generator=rng)
    for axis, n in enumerate(sizes):
        if n % 2 == 0:
            object.narrow(axis + 1, 0, 1)[:] = 0
    return object


@given(SIZES, st.integers(0, 50))
def test_the_twin_has_the_same_diffraction(sizes: list[int], seed: int) -> None:
    object = _object(sizes, seed)
    space = [2 * n for n in sizes]
    waves = []
    for one in (object, twins(object)):
        whole = torch.zeros(1, *space, dtype=torch.complex64)
        whole[fourier.inside(fourier.half_box(space))] = one
        waves.append(fourier.to_wave(whole, len(sizes)).abs())
    assert torch.allclose(waves[0], waves[1], atol=1e-5)


@given(SIZES, st.integers(0, 50), st.floats(0, 6))
def test_neither_a_global_phase_nor_the_twin_counts(sizes: list[int], seed: int, angle: float) -> None:
    truth = _object(sizes, seed)
    turned = twins(truth) * torch.polar(torch.tensor(1.0), torch.tensor(angle))
    errors, chosen = nearer(turned, truth)
    assert float(errors) < 1e-3
    assert torch.equal(chosen, twins(truth)) or float(object_errors(truth, twins(truth))) < 1e-3


@given(SIZES, st.integers(0, 50), st.integers(51, 99))
def test_the_error_is_the_least_over_all_global_phases(sizes: list[int], seed: int, other: int) -> None:
    truth, object = _object(sizes, seed), _object(sizes, other)
    angles = torch.linspace(0, 2 * torch.pi, 721)
    tried = [float(torch.linalg.vector_norm(object * torch.polar(torch.tensor(1.0), a) - truth)) for a in angles]
    wanted = min(tried) / float(torch.linalg.vector_norm(truth))
    assert float(object_errors(object, truth)) == pytest.approx(wanted, rel=1e-3)


def test_the_phase_error_of_a_flat_phase_is_the_spread_of_the_phase() -> None:
    phase = torch.tensor([[0.2, -0.2, 0.2, -0.2]])
    truth = torch.polar(torch.ones(1, 4), phase).reshape(1, 2, 2)
    assert float(phase_errors(flat(truth), truth)) == pytest.approx(0.2, abs=1e-5)
    assert float(phase_errors(truth, truth)) == pytest.approx(0, abs=1e-6)


def test_the_mixture_is_its_own_twin() -> None:
    mean = mixture(_object((5, 6, 4), 3))
    assert float(object_errors(twins(mean), mean)) < 1e-3
