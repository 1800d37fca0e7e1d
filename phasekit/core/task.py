"""Task: what every recipe has, whatever it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import Field

from phasekit.core.declared import Declared
from phasekit.core.plugin import files_in
from phasekit.runtime.paths import InputFile


class Task(Declared):
    """What every recipe has: the keywords of the Python function that `task` names, with the same meaning."""

    task: str = Field("solve", description="What to do.")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="Where to compute.")
    out: Path | None = Field(None, description="The run folder; runs/NAME of the recipe where left out.")
    plugins: tuple[InputFile, ...] = Field((), description="Python files with plugins of one's own.")

    not_keywords: ClassVar[tuple[str, ...]] = ("task", "out", "plugins")

    def keywords(self) -> dict[str, Any]:
        """Return the keywords of the function that this recipe stands for."""
        return {key: getattr(self, key) for key in type(self).model_fields if key not in self.not_keywords}

    def inputs(self) -> dict[str, Path]:
        """Return every file that the recipe reads: place -> path."""
        return files_in({key: getattr(self, key) for key in type(self).model_fields if key != "out"})

    def essential(self) -> Self:
        """Return the recipe without what does not change its outcome: two that agree in it may share a run."""
        return self.model_copy(update={"out": None})
