"""The progress of a run, for schedules."""

from __future__ import annotations


def progress(step: int, steps: int) -> float:
    """Return 0 at the first step and 1 at the last; a run of one step stays at the start."""
    return step / (steps - 1) if steps > 1 else 0.0


def between(start: float, stop: float, part: float) -> float:
    """Return exactly `stop` where `part` is 0, exactly `start` where it is 1, and a straight line between."""
    return part * start + (1 - part) * stop
