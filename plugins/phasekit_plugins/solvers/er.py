"""Error reduction."""

from __future__ import annotations

from typing import Literal

from phasekit import Feedback, State


class ErrorReduction(Feedback):
    """Project onto the data, then onto the support: Π_s Π_m ρ. Descends steadily into the nearest minimum.

    Source: Fienup, Applied Optics 21, 2758 (1982).
    """

    name: Literal["er"] = "er"

    def outside(self, state: State) -> tuple[float, float]:
        """Return 0, 0: the step is Π_s Π_m ρ."""
        return 0, 0
