"""Options are drawn from a plugin's own bounds, and plugins are made short and sloping, those inside too."""

from __future__ import annotations

import random
from typing import Annotated, Literal, Self

import pytest
from pydantic import Field, ValidationError, model_validator
from torch import Tensor

from phasekit import Between, Iterative, Problem, Schedule, State
from phasekit.core.chain import Chain
from phasekit.testing.draw import draw_options, ramped, shortened, with_options
from phasekit.testing.ramp import Ramp


class Options(Schedule):
    """One option of each type."""

    name: Literal["options"] = "options"
    count: int = Field(100, ge=1, le=10**8, description="A number of things.")
    part: float = Field(0.5, gt=0, lt=1, description="A part.")
    size: float = Field(20.0, gt=0, description="A size.")
    free: float = Field(0.0, description="Any number.")
    maybe: float | None = Field(None, ge=2, le=3, description="A number or none.")
    pair: tuple[float, Annotated[int, Field(ge=4)]] = Field((0.0, 5), description="A pair.")
    word: Literal["one", "two"] = Field("one", description="A word.")
    switch: bool = Field(False, description="A switch.")
    slope: Annotated[Schedule | float, Between(-1, 2)] = Field(1.0, description="A bounded schedule.")
    low: float = Field(0.0, ge=0, le=1, description="Lower end.")
    high: float = Field(1.0, ge=0, le=1, description="Upper end.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError("low is above high")
        return self

    def at(self, step: int, steps: int) -> float:
        return self.free


class Halves(Iterative):
    """Multiplies by a number."""

    name: Literal["halves"] = "halves"
    beta: Annotated[Schedule | float, Between(0, 1)] = Field(0.9, description="A number.")

    def step(self, problem: Problem, state: State) -> Tensor:
        """Return half."""
        return state.object * 0.5


def test_drawn_options_keep_their_bounds_and_fit_together() -> None:
    rng = random.Random(0)
    drawn = [draw_options(Options(), rng) for _ in range(200)]
    assert all(1 <= p.count <= 12 and 0 < p.part < 1 and p.size > 0 and p.low <= p.high for p in drawn)
    assert all(p.pair[1] >= 4 for p in drawn)
    assert all(-1 <= Schedule.resolve(p.slope).at(step, 9) <= 2 for p in drawn for step in (0, 8))
    assert {p.word for p in drawn} == {"one", "two"}
    assert {p.switch for p in drawn} == {True, False}
    assert {p.maybe is None for p in drawn} == {True, False}
    assert {isinstance(p.slope, Ramp) for p in drawn} == {True, False}
    assert len({p.free for p in drawn}) == len({p.size for p in drawn}) == 200


def test_the_same_seed_draws_the_same_options() -> None:
    assert draw_options(Options(), random.Random(3)) == draw_options(Options(), random.Random(3))


def test_plugins_inside_a_plugin_are_shortened_and_get_ramps_too() -> None:
    first, chain = ramped(shortened(Chain(solvers=(Halves(), Chain(solvers=(Halves(steps=3),)))), 5)).solvers
    assert isinstance(chain, Chain)
    (second,) = chain.solvers
    for inner, steps in ((first, 5), (second, 3)):
        assert isinstance(inner, Halves)
        assert inner.steps == steps
        assert isinstance(inner.beta, Ramp)


def test_what_bounds_do_not_allow_is_refused_where_an_option_is_stated() -> None:
    assert with_options(Options(), low=0.5).low == 0.5
    with pytest.raises(ValidationError, match="low is above high"):
        with_options(Options(), low=0.5, high=0.4)


def test_a_plugin_whose_options_never_go_together_stays_as_it_is() -> None:
    class Strict(Options):
        """Takes only what it has."""

        @model_validator(mode="after")
        def _as_made(self) -> Self:
            if self.free != 0.0:
                raise ValueError("no other number")
            return self

    assert draw_options(Strict(), random.Random(0)) == Strict()
