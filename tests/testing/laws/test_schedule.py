"""Every law of schedules catches a schedule that breaks it, and lets a good one through."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import count
from typing import Literal

import pytest
from pydantic import Field

from phasekit import Schedule
from phasekit.testing.laws import schedule as laws
from phasekit.testing.ramp import Ramp
from phasekit.testing.verdict import Law, LawBroken

CALLS = count()


class Endless(Ramp):
    """Has no value in a run of one step."""

    def at(self, step: int, steps: int) -> float:
        return math.nan if steps == 1 else super().at(step, steps)


class RunsAway(Ramp):
    def at(self, step: int, steps: int) -> float:
        return math.inf if step == steps - 1 else super().at(step, steps)


class Remembers(Ramp):
    def at(self, step: int, steps: int) -> float:
        return super().at(step, steps) + 1e-3 * next(CALLS)


class EndsTooSoon(Ramp):
    def at(self, step: int, steps: int) -> float:
        return self.start + (self.stop - self.start) * step / steps


class StartsElsewhere(Ramp):
    def at(self, step: int, steps: int) -> float:
        return super().at(steps - 1 - step, steps)


class StartDependsOnLength(Schedule):
    """Has no options that tell its ends, and begins at 1 / steps."""

    name: Literal["length"] = "length"
    factor: float = Field(1.0, description="Factor.")

    def at(self, step: int, steps: int) -> float:
        return self.factor * (step + 1) / steps


TWINS: dict[Law, tuple[Callable[[], Schedule], ...]] = {
    laws.finite_at_every_step: (Endless, RunsAway),
    laws.no_memory: (Remembers,),
    laws.ends_are_what_the_options_say: (EndsTooSoon, StartsElsewhere, StartDependsOnLength),
}
PAIRS = [(law, twin) for law, twins in TWINS.items() for twin in twins]


def test_every_law_of_schedules_has_a_broken_twin() -> None:
    assert set(TWINS) == set(laws.LAWS)


@pytest.mark.parametrize(("law", "twin"), PAIRS, ids=lambda value: value.__name__)
def test_a_law_catches_its_broken_twin(law: Law, twin: Callable[[], Schedule]) -> None:
    with pytest.raises(LawBroken):
        law(twin(), "cpu")


@pytest.mark.parametrize("law", TWINS, ids=lambda law: law.__name__)
def test_a_good_schedule_keeps_every_law(law: Law) -> None:
    law(Ramp(), "cpu")
