"""Laws that every schedule keeps."""

from __future__ import annotations

import math

from phasekit.core.schedule import Schedule
from phasekit.testing.verdict import require

LENGTHS = (1, 2, 3, 7, 100, 12_345)


def finite_at_every_step(schedule: Schedule, device: str) -> None:
    """A schedule is a finite number at every 0 ≤ step < steps, a run of one step included."""
    for steps in LENGTHS:
        for step in _some(steps):
            value = schedule.at(step, steps)
            kept = isinstance(value, int | float) and math.isfinite(value)
            require(kept, f"at({step}, {steps}) is {value!r}; a finite number is needed at every step")


def no_memory(schedule: Schedule, device: str) -> None:
    """A schedule has no memory: its value does not depend on earlier calls."""
    calls = [(step, steps) for steps in LENGTHS for step in _some(steps)]
    first = [schedule.at(*call) for call in calls]
    again = [schedule.at(*call) for call in reversed(calls)][::-1]
    for call, one, other in zip(calls, first, again, strict=True):
        require(one == other, f"at{call} was {one:g}, then {other:g} when asked in another order")


def ends_are_what_the_options_say(schedule: Schedule, device: str) -> None:
    """A schedule begins the same whatever its length; its options `start` and `stop`, if any, are its ends."""
    start = schedule.at(0, 1)
    for steps in LENGTHS:
        _same(schedule.at(0, steps), start, f"at(0, {steps})", "at(0, 1)")
    if isinstance(given := getattr(schedule, "start", None), int | float):
        _same(start, given, "at(0, 1)", "its option start")
    if isinstance(given := getattr(schedule, "stop", None), int | float):
        for steps in LENGTHS[1:]:
            _same(schedule.at(steps - 1, steps), given, f"at({steps - 1}, {steps})", "its option stop")


def _same(value: float, wanted: float, call: str, name: str) -> None:
    kept = math.isclose(value, wanted, rel_tol=1e-6, abs_tol=1e-9)
    require(kept, f"{call} is {value!r}, {name} is {wanted!r}; they must be the same")


def _some(steps: int) -> list[int]:
    """Return steps spread over a run, both ends included."""
    return sorted({round(part * (steps - 1) / 8) for part in range(9)})


LAWS = (finite_at_every_step, no_memory, ends_are_what_the_options_say)
CHEAP = LAWS
