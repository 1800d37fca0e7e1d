"""The keys of a training: those of a recipe with `task: train` and of `phasekit.train`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Required, Self

from pydantic import Field

from phasekit.core.generator import Generator
from phasekit.core.geometry import Geometry
from phasekit.core.task import Task, TaskKeys
from phasekit.training.learner import Learner
from phasekit.training.options import Training


class TrainKeys(TaskKeys, total=False):
    """The keys below as keywords of `phasekit.train`, besides `solver` and `generator`; a test compares the two."""

    geometry: Geometry | Mapping[str, Any] | str
    shape: Required[Sequence[int]]
    training: Training | Mapping[str, Any]


class TrainTask(Task):
    """One training."""

    task: Literal["train"] = Field("train", description="What to do.")
    solver: Learner = Field(description="The solver whose network is trained.")
    generator: Generator = Field(description="What makes the objects.")
    geometry: Geometry = Field(default="far-field", description="The map from object to detector.")  # type: ignore[assignment]  # a name becomes a plugin
    shape: tuple[Annotated[int, Field(ge=8, le=4096)], ...] = Field(
        min_length=2, max_length=3, description="Shape of the network's data, zero frequency in the middle."
    )
    training: Training = Field(default_factory=Training, description="How it is trained.")

    def essential(self) -> Self:
        """Return the recipe without `out`, and without the time after which to pause."""
        return super().essential().model_copy(update={"training": self.training.model_copy(update={"minutes": None})})
