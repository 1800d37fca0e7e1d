"""Every law of all plugins catches a plugin that breaks it, and lets a good one through."""

from __future__ import annotations

import math
from typing import Literal

import pytest
from pydantic import Field, field_serializer

from phasekit import Schedule
from phasekit.testing.laws import every_plugin as laws
from phasekit.testing.verdict import Law, LawBroken


class Good(Schedule):
    """A level."""

    name: Literal["good"] = "good"
    level: float = Field(0.2, ge=0, le=1, description="The level.")

    def at(self, step: int, steps: int) -> float:
        return self.level


class Undocumented(Good):
    def at(self, step: int, steps: int) -> float:
        return super().at(step, steps)


Undocumented.__doc__ = None


class Undescribed(Good):
    """A level with an option that nobody explains."""

    other: float = 1.0


class RoundsWhenWritten(Good):
    """A level that is written with one digit."""

    level: float = Field(0.25, ge=0, le=1, description="The level.")

    @field_serializer("level")
    def _one_digit(self, value: float) -> float:
        return round(value, 1)


class RoundsOnlyOthers(RoundsWhenWritten):
    """A level that reads back well only where it has its default."""

    level: float = Field(0.2, ge=0, le=1, description="The level.")


class FailsAboveItsDefault(Good):
    """A level that is finite up to its default and not up to its bound."""

    def at(self, step: int, steps: int) -> float:
        return self.level if self.level <= 0.2 else math.nan


TWINS: dict[Law, tuple[type[Good], ...]] = {
    laws.has_docstring: (Undocumented,),
    laws.options_are_described: (Undescribed,),
    laws.survives_json: (RoundsWhenWritten,),
    laws.drawn_options_keep_the_promises: (FailsAboveItsDefault, RoundsOnlyOthers),
}
PAIRS = [(law, twin) for law, twins in TWINS.items() for twin in twins]


def test_every_law_of_plugins_has_a_broken_twin() -> None:
    assert set(TWINS) == set(laws.LAWS)


@pytest.mark.parametrize(("law", "twin"), PAIRS, ids=lambda value: value.__name__)
def test_a_law_catches_its_broken_twin(law: Law, twin: type[Good]) -> None:
    with pytest.raises(LawBroken):
        law(twin(), "cpu")


@pytest.mark.parametrize("law", TWINS, ids=lambda law: law.__name__)
def test_a_good_plugin_keeps_every_law(law: Law) -> None:
    law(Good(), "cpu")


def test_the_options_that_broke_a_law_are_in_the_sentence() -> None:
    with pytest.raises(LawBroken, match=r"FailsAboveItsDefault\(.*level=0\.\d+\): finite_at_every_step"):
        laws.drawn_options_keep_the_promises(FailsAboveItsDefault(), "cpu")
