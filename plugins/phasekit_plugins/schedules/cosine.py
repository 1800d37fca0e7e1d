"""The cosine schedule."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field

from phasekit import Schedule

from .progress import between, progress


class Cosine(Schedule):
    """Go from `start` to `stop` along half a cosine: slow at both ends, fastest in the middle.

    Source: Loshchilov and Hutter, arXiv:1608.03983 (2016), without restarts.
    """

    name: Literal["cosine"] = "cosine"
    start: float = Field(1.0, description="Value at the first step.")
    stop: float = Field(0.0, description="Value at the last step.")

    def at(self, step: int, steps: int) -> float:
        """Return stop + (start − stop) · (1 + cos(π step / (steps − 1))) / 2."""
        return between(self.start, self.stop, (1 + math.cos(math.pi * progress(step, steps))) / 2)
