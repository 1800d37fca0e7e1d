"""The linear schedule."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from phasekit import Schedule

from .progress import between, progress


class Linear(Schedule):
    """Change by the same amount at every step: `start` at the first, `stop` at the last."""

    name: Literal["linear"] = "linear"
    start: float = Field(1.0, description="Value at the first step.")
    stop: float = Field(0.0, description="Value at the last step.")

    def at(self, step: int, steps: int) -> float:
        """Return start + (stop − start) · step / (steps − 1)."""
        return between(self.start, self.stop, 1 - progress(step, steps))
