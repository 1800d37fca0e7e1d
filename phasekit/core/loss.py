"""Loss: how far a prediction is from the data."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, ClassVar

from pydantic import Field
from torch import Tensor

from phasekit.core.plugin import Plugin
from phasekit.core.problem import Problem
from phasekit.core.schedule import Between, Schedule


class Loss(Plugin):
    """The misfit between an estimate and a measurement. A metric is a loss that nobody minimises; lower is better."""

    kind: ClassVar[str] = "loss"
    sees_symmetry: ClassVar[str] = ""  # waives "unchanged by phase, shift and twin", with the reason
    weight: Annotated[Schedule | float, Between(0, float("inf"))] = Field(
        1.0, description="Factor of this loss in a weighted sum; a metric ignores it."
    )

    @abstractmethod
    def __call__(self, problem: Problem, object: Tensor, amplitude: Tensor) -> Tensor:
        """Return (*batch,) real for objects (*batch, *space).

        `amplitude` (*batch, *detector) is the predicted one, computed once for all losses.
        """

    def label(self) -> str:
        """Return the name of this loss as a metric: in tables, in `rank`."""
        return self.name

    def refusal(self, problem: Problem) -> str | None:
        """Return a sentence why this loss cannot judge `problem` (no truth, no held-out voxels); None if it can."""
        return None
