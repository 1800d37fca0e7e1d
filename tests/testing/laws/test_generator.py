"""Every law of generators catches a generator that breaks it, and lets a good one through."""

from __future__ import annotations

from itertools import count
from typing import Literal

import pytest
import torch
from torch import Tensor

from phasekit import Generator
from phasekit.testing.laws import generator as laws
from phasekit.testing.verdict import Law, LawBroken

CALLS = count()


class Good(Generator):
    """Balls with random phases."""

    name: Literal["good"] = "good"

    def sample(self, grid: Tensor, count: int, rng: torch.Generator) -> Tensor:
        ball = (torch.linalg.vector_norm(grid, dim=-1) <= 1).float()
        phase = torch.rand((count, *grid.shape[:-1]), generator=rng).to(grid.device)
        return torch.polar(ball.expand_as(phase), phase)


class Real(Good):
    def sample(self, grid: Tensor, count: int, rng: torch.Generator) -> Tensor:
        return super().sample(grid, count, rng).abs()


class OneTooMany(Good):
    def sample(self, grid: Tensor, count: int, rng: torch.Generator) -> Tensor:
        return super().sample(grid, count + 1, rng)


class DividesByZero(Good):
    def sample(self, grid: Tensor, count: int, rng: torch.Generator) -> Tensor:
        samples = super().sample(grid, count, rng)
        return samples / samples.abs()


class CountsItsCalls(Good):
    def sample(self, grid: Tensor, count: int, rng: torch.Generator) -> Tensor:
        return super().sample(grid, count, rng) * torch.polar(torch.tensor(1.0), torch.tensor(0.1 * next(CALLS)))


class AlwaysTheSame(Good):
    def sample(self, grid: Tensor, count: int, rng: torch.Generator) -> Tensor:
        return super().sample(grid, count, torch.Generator().manual_seed(0))


class DrawsGlobally(Good):
    def sample(self, grid: Tensor, count: int, rng: torch.Generator) -> Tensor:
        return super().sample(grid, count, torch.default_generator)


class ReadsTheGlobalSeed(Good):
    def sample(self, grid: Tensor, count: int, rng: torch.Generator) -> Tensor:
        seed = rng.initial_seed() + torch.initial_seed()
        return super().sample(grid, count, torch.Generator().manual_seed(seed % 2**60))


class Bright(Good):
    def sample(self, grid: Tensor, count: int, rng: torch.Generator) -> Tensor:
        return 2 * super().sample(grid, count, rng)


class FillsTheArray(Good):
    def sample(self, grid: Tensor, count: int, rng: torch.Generator) -> Tensor:
        return super().sample(0.3 * grid, count, rng)


TWINS: dict[Law, tuple[type[Good], ...]] = {
    laws.complex_samples_on_the_grid: (Real, OneTooMany, DividesByZero),
    laws.same_seed_same_sample: (CountsItsCalls, AlwaysTheSame),
    laws.global_generator_untouched: (DrawsGlobally, ReadsTheGlobalSeed),
    laws.modulus_is_at_most_one: (Bright,),
    laws.zero_outside_half_the_array: (FillsTheArray,),
}
PAIRS = [(law, twin) for law, twins in TWINS.items() for twin in twins]


def test_every_law_of_generators_has_a_broken_twin() -> None:
    assert set(TWINS) == set(laws.LAWS)


@pytest.mark.parametrize(("law", "twin"), PAIRS, ids=lambda value: value.__name__)
def test_a_law_catches_its_broken_twin(law: Law, twin: type[Good]) -> None:
    with pytest.raises(LawBroken):
        law(twin(), "cpu")


@pytest.mark.parametrize("law", TWINS, ids=lambda law: law.__name__)
def test_a_good_generator_keeps_every_law(law: Law) -> None:
    law(Good(), "cpu")
