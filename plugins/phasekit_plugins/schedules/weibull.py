"""The Weibull schedule of the unsupervised loss."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field

from phasekit import Schedule

from .progress import between, progress


class Weibull(Schedule):
    """Fall from `start` to `stop` along a Weibull density: a0 (k/λ)(n/λ)^(k−1) exp(−(n/λ)^k) + a1 (Eq. 8).

    n runs from 0 to T, and a0 and a1 follow from the two ends. For k above 1 the density first rises, so n is
    counted from its maximum at λ((k−1)/k)^(1/k). Source: Wu et al., npj Comput. Mater. 7, 175 (2021), where
    k = 1, λ = 0.5 and T is not given; the default T makes a1 = 0 at k = 1.
    """

    name: Literal["weibull"] = "weibull"
    start: float = Field(1e4, gt=0, description="Value at the first step.")
    stop: float = Field(1.0, gt=0, description="Value at the last step.")
    shape: float = Field(1.0, ge=1, le=10, description="k: 1 falls fastest at first; more stays longer near the start.")
    scale: float = Field(0.5, ge=0.01, le=100, description="λ, in the unit of the duration.")
    duration: float | None = Field(
        None,
        ge=0.01,
        le=1000,
        description="T, the length of the density that a run covers; default λ |ln(start / stop)|.",
    )

    def at(self, step: int, steps: int) -> float:
        """Return the value of Eq. 8 at n = T · step / (steps − 1)."""
        if self.start == self.stop:
            return self.start
        duration = self.duration or self.scale * max(abs(math.log(self.start) - math.log(self.stop)), 0.01)
        top, end, here = (self._density(duration * part) for part in (0.0, 1.0, progress(step, steps)))
        return between(self.start, self.stop, (here - end) / (top - end))

    def _density(self, n: float) -> float:
        """Return the density at `n` past its maximum, up to a constant factor that cancels."""
        k = self.shape
        u = n / self.scale + ((k - 1) / k) ** (1 / k)
        return float(u ** (k - 1) * math.exp(-(u**k)))
