"""What the generators promise together."""

from __future__ import annotations

import pytest
import torch

from phasekit import Generator, fourier

from .grids import Lay, cubic, drawn, sheared

NAMES = ["superellipsoid", "crystal"]
SHAPES = [(8, 8, 8), (9, 12, 10), (16, 8, 12), (5, 7, 6), (4, 4, 4), (8, 8), (7, 10), (24, 9)]


@pytest.mark.parametrize("lay", [cubic, sheared])
@pytest.mark.parametrize("space", SHAPES)
@pytest.mark.parametrize("name", NAMES)
def test_a_particle_is_never_empty_and_lies_in_the_half_box(name: str, space: tuple[int, ...], lay: Lay) -> None:
    samples = drawn(Generator.resolve(name), lay(*space), count=6)
    assert samples.shape == (6, *space)
    assert samples.dtype == torch.complex64
    assert bool(torch.isfinite(torch.view_as_real(samples)).all())
    largest = samples.abs().flatten(1).amax(dim=1)
    torch.testing.assert_close(largest, torch.ones(6), rtol=0, atol=2e-7)
    outside = torch.ones(space, dtype=torch.bool)
    outside[fourier.half_box(space)] = False
    assert not bool(samples[:, outside].any())
    assert not bool(samples[:, lay(*space).norm(dim=-1) > 1 + 1e-6].any())


@pytest.mark.parametrize("name", NAMES)
def test_one_seed_draws_one_sample_and_leaves_the_global_generator_alone(name: str) -> None:
    generator, grid = Generator.resolve(name), cubic(24, 20, 22)
    before = torch.get_rng_state()
    first, again = drawn(generator, grid), drawn(generator, grid)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first, again)
    assert torch.equal(first[:1], drawn(generator, grid, count=1))
    assert not torch.equal(first[0], first[1])
    assert not torch.equal(first, drawn(generator, grid, seed=6))


@pytest.mark.parametrize(("name", "low", "span"), [("superellipsoid", 0.0, 1.0), ("crystal", -2.75, 5.5)])
@pytest.mark.parametrize("space", [(24, 20, 22), (40, 32)])
def test_the_phase_spans_exactly_what_was_asked(name: str, low: float, span: float, space: tuple[int, ...]) -> None:
    for sample in drawn(Generator.resolve(name), cubic(*space)):
        phase = sample[sample != 0].angle()
        assert phase.min().item() == pytest.approx(low, abs=1e-6)
        assert phase.max().item() == pytest.approx(low + span, abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_a_span_of_zero_gives_a_flat_phase(name: str) -> None:
    samples = drawn(Generator.resolve({"name": name, "phase_span": 0}), cubic(16, 16, 16))
    assert float(samples.imag.abs().max()) == 0
    assert float(samples.real.min()) == 0
