"""The exponential schedule."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from phasekit import Schedule

from .progress import progress


class Exponential(Schedule):
    """Change by the same factor at every step: `start` at the first, `stop` at the last."""

    name: Literal["exponential"] = "exponential"
    start: float = Field(1.0, gt=0, description="Value at the first step.")
    stop: float = Field(0.01, gt=0, description="Value at the last step.")

    def at(self, step: int, steps: int) -> float:
        """Return start · (stop / start)^(step / (steps − 1))."""
        passed = progress(step, steps)
        return float(self.start ** (1 - passed) * self.stop**passed)
