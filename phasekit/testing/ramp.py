"""A straight schedule for the kit's own runs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from phasekit.core.schedule import Schedule


class Ramp(Schedule):
    """Go straight from `start` to `stop`, to detect solvers that misread their schedules."""

    name: Literal["ramp"] = "ramp"
    start: float = Field(1.0, description="Value at the first step.")
    stop: float = Field(0.5, description="Value at the last step.")

    def at(self, step: int, steps: int) -> float:
        """Return the value on the line."""
        part = step / max(steps - 1, 1)
        return self.start * (1 - part) + self.stop * part
