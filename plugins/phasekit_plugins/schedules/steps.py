"""The stepwise schedule."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from phasekit import Schedule


class Steps(Schedule):
    """Hold the value for `period` steps, then multiply it by `factor`, until the end of the run."""

    name: Literal["steps"] = "steps"
    start: float = Field(1.0, description="Value over the first period.")
    factor: float = Field(0.95, gt=0, le=1, description="Factor from one period to the next.")
    period: int = Field(200, ge=1, description="Steps between two changes.")

    def at(self, step: int, steps: int) -> float:
        """Return start · factor^⌊step / period⌋."""
        return float(self.start * self.factor ** (step // self.period))
