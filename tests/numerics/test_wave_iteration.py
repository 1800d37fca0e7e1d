"""The fused iteration on the wave is the step as it is written down, to rounding."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from phasekit import fourier
from phasekit.numerics import modulus, wave_iteration
from phasekit.numerics.wave_iteration import WaveIteration, compiled, refusal

pytest.importorskip("numba")

LENGTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 15, 16, 18, 20, 21, 24, 25, 27, 28, 30, 32, 40]


def _written_down(wave: Tensor, amplitude: Tensor, valid: Tensor, support: Tensor, u: float, v: float) -> Tensor:
    ndim = support.ndim
    fitted = wave.to(torch.complex128)
    modulus.impose_modulus(fitted[None], amplitude.double(), (~valid).reshape(-1).nonzero().flatten())
    inner, old = fourier.to_object(fitted, ndim), fourier.to_object(wave.to(torch.complex128), ndim)
    return fourier.to_wave(torch.where(support, inner, u * inner + v * old), ndim)


@st.composite
def cases(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[slice, ...], int]:
    """Draw a shape, a box in it and a seed."""
    shape = tuple(draw(st.lists(st.sampled_from(LENGTHS), min_size=2, max_size=3)))
    box = []
    for n in shape:
        first = draw(st.integers(0, n - 1))
        box.append(slice(first, draw(st.integers(first + 1, n))))
    return shape, tuple(box), draw(st.integers(0, 1000))


@settings(deadline=None, max_examples=60)
@given(cases(), st.sampled_from([(0.0, 0.0), (-0.9, 1.0), (-0.8, 0.9)]), st.sampled_from([0.0, 0.1, 1.0]))
def test_a_step_is_the_step_as_written_down(
    case: tuple[tuple[int, ...], tuple[slice, ...], int], weights: tuple[float, float], gaps: float
) -> None:
    shape, box, seed = case
    rng = torch.Generator().manual_seed(seed)
    support = torch.zeros(shape, dtype=torch.bool)
    support[box] = torch.rand(support[box].shape, generator=rng) > 0.3  # it may be empty, too
    amplitude, valid = torch.rand(shape, generator=rng), torch.rand(shape, generator=rng) >= gaps
    wave = torch.randn((2, *shape), dtype=torch.complex64, generator=rng)
    iteration = WaveIteration(amplitude, valid, support.expand(2, *shape))
    found = wave.clone()
    iteration.advance(found, [weights])
    for member, new in zip(wave, found, strict=True):
        expected = _written_down(member, amplitude, valid, support, *weights)
        assert float((new - expected).abs().max()) < 3e-6 * max(float(expected.abs().max()), 1)
    fitted = iteration.fitted(wave)
    for member, side, part in zip(wave, iteration.boxes(), fitted, strict=True):
        inner = fourier.to_object(_written_down(member, amplitude, valid, torch.ones_like(support), 0, 0), len(shape))
        own = support[side]
        assert float(((part - inner[side]) * own).abs().max()) < 3e-6 * max(float(inner.abs().max()), 1)


@pytest.mark.parametrize("shape", [(24, 20, 36), (30, 28)])
def test_strides_threads_and_the_rest_of_the_batch_change_no_bit(shape: tuple[int, ...]) -> None:
    rng = torch.Generator().manual_seed(1)
    support = torch.rand((3, *shape), generator=rng) > 0.4
    amplitude, valid = torch.rand(shape, generator=rng), torch.rand(shape, generator=rng) > 0.05
    wave = torch.randn((3, *shape), dtype=torch.complex64, generator=rng)
    weights = [(-0.9 + 0.01 * i, 1.0) for i in range(6)]
    together, apart, alone = wave.clone(), wave.clone(), wave[1:2].clone()
    WaveIteration(amplitude, valid, support).advance(together, weights)
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        for pair in weights:
            WaveIteration(amplitude, valid, support).advance(apart, [pair])
        torch.set_num_threads(3)
        WaveIteration(amplitude, valid, support[1:2]).advance(alone, weights)
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(together, apart)
    assert torch.equal(together[1:2], alone)


def test_members_that_do_not_run_are_left_alone() -> None:
    wave = torch.randn((2, 8, 8), dtype=torch.complex64)
    found = wave.clone()
    everywhere = torch.ones((2, 8, 8), dtype=torch.bool)
    WaveIteration(torch.rand(8, 8), everywhere[0], everywhere).advance(found, [(0, 0)], [False, True])
    assert torch.equal(found[0], wave[0])
    assert not torch.equal(found[1], wave[1])


def test_what_cannot_be_done_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    cpu = torch.device("cpu")
    assert refusal((64, 60), torch.complex64, cpu) is None
    assert "prime factor above 7" in (refusal((64, 22), torch.complex64, cpu) or "")
    assert "double precision" in (refusal((64, 60), torch.complex128, cpu) or "")
    assert "cuda" in (refusal((64, 60), torch.complex64, torch.device("cuda")) or "")
    with compiled(False):
        assert "not allowed" in (refusal((64, 60), torch.complex64, cpu) or "")
    monkeypatch.setattr(wave_iteration, "_loops", lambda: None)
    assert refusal((64, 60), torch.complex64, cpu) == "numba is not installed"
