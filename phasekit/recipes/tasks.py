"""The tasks of recipes, and their models."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from phasekit.comparing.task import CompareTask
from phasekit.core.solver import Solver
from phasekit.core.source import Source
from phasekit.core.task import Task
from phasekit.solving.task import SolveTask
from phasekit.training.task import TrainTask

TASKS: Mapping[str, type[Task]] = {"solve": SolveTask, "train": TrainTask, "compare": CompareTask}
"""Value of `task` -> model of such a recipe."""


class PartialTask(SolveTask):
    """A recipe for a command that does not solve: source and solver may be absent."""

    # A field that may be absent has a wider type than the one it replaces, which the type checker refuses.
    source: Source | None = Field(None, description="Where the data come from.")  # type: ignore[assignment]  # see above
    solver: Solver | None = Field(None, description="The method.")  # type: ignore[assignment]  # see above
