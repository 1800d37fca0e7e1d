"""Task: the keys shared by all recipes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self, TypedDict

from pydantic import Field, ValidationError

from phasekit.core.declared import Declared
from phasekit.core.mistakes import explained, mistakes
from phasekit.core.plugin import files_in
from phasekit.runtime.errors import InputError
from phasekit.runtime.paths import InputFile


class TaskKeys(TypedDict, total=False):
    """The keys of every task as keywords of a Python call."""

    device: str
    out: Path | str | None
    plugins: Sequence[Path | str]


class Task(Declared):
    """What every recipe has: the keywords of the Python function that `task` names, with the same meaning."""

    task: str = Field("solve", description="What to do.")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="Where to compute.")
    out: Path | None = Field(None, description="The run folder; by default runs/NAME of the recipe.")
    plugins: tuple[InputFile, ...] = Field((), description="Python files with your own plugins.")

    @classmethod
    def of(cls, **keys: Any) -> Self:
        """Create the task from Python, with plugins as in a recipe or as instances.

        Raises InputError with the same sentences as for a recipe, one line per mistake.
        """
        try:
            return cls.model_validate(keys)
        except ValidationError as error:
            wrong = mistakes(explained(error, "a recipe", list(cls.model_fields)), keys)
            place = ".".join(map(str, wrong[0].place)) if wrong else None
            raise InputError("\n".join(dict.fromkeys(map(str, wrong))), place) from None

    def keywords(self) -> dict[str, Any]:
        """Return the keys as keywords of the Python function that `task` names, without `out`."""
        return {key: getattr(self, key) for key in type(self).model_fields if key not in ("task", "out")}

    def inputs(self) -> dict[str, Path]:
        """Return every file that the recipe reads: place -> path."""
        return files_in({key: getattr(self, key) for key in type(self).model_fields if key != "out"})

    def essential(self) -> Self:
        """Return the keys that affect the outcome: two recipes that agree in them may share a run."""
        return self.model_copy(update={"out": None})
