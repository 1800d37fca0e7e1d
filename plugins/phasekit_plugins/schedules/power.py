"""The power schedule."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from phasekit import Schedule

from .progress import between, progress


class Power(Schedule):
    """Go from `start` to `stop` along a power of the remaining way: for 2 and more fast at first, then slower."""

    name: Literal["power"] = "power"
    start: float = Field(1.0, description="Value at the first step.")
    stop: float = Field(0.0, description="Value at the last step.")
    exponent: float = Field(2.0, ge=0.1, le=10, description="1 is a straight line.")

    def at(self, step: int, steps: int) -> float:
        """Return stop + (start − stop) · (1 − step / (steps − 1))^exponent."""
        return between(self.start, self.stop, (1 - progress(step, steps)) ** self.exponent)
