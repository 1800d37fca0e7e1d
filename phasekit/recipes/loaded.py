"""LoadedRecipe: a validated recipe with its text, which names the line of a mistake."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from phasekit.core.task import Task
from phasekit.runtime import yaml_reader
from phasekit.runtime.errors import InputError
from phasekit.runtime.tree import Tree

Kind = TypeVar("Kind", bound=Task)


@dataclass(frozen=True)
class LoadedRecipe:
    """A recipe with its text."""

    recipe: Task
    text: str
    """As given, before --set."""
    name: str
    """The file's stem, or "recipe" for one made in Python."""
    sets: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    """Plugin files that could not be loaded."""
    tree: Tree | None = None

    def task_of(self, kind: type[Kind]) -> Kind:
        """Return the task if it is of this kind; raises InputError for any other."""
        if not isinstance(self.recipe, kind):
            wanted = kind.model_fields["task"].default
            raise InputError(
                f"this needs a recipe with task: {wanted}, but this recipe has task: {self.recipe.task}", "task"
            )
        return self.recipe

    def where(self, place: str | None) -> str:
        """Return "file:line: place: " for a key of the recipe, given as "a.0.b"; "file: " if it is absent."""
        keys: tuple[str | int, ...] = tuple(int(k) if k.isdecimal() else k for k in (place or "").split("."))
        if self.tree is None:
            return ""
        if place is None or keys[0] not in (self.tree.data or {}):
            return f"{self.tree.file}: "
        for text in reversed(self.sets):
            at = text.partition("=")[0]
            if (
                place == at
                or place.startswith(f"{at}.")
                or (keys not in self.tree.lines and at.startswith(f"{place}."))
            ):
                return f"--set {text}: {place}: "
        return f"{self.tree.file}:{self.tree.line(keys)}: {place}: "

    @contextmanager
    def placing(self) -> Iterator[None]:
        """A context in which an InputError gets the line of the recipe that it concerns."""
        try:
            yield
        except InputError as error:
            raise InputError(f"{self.where(error.place)}{error}", error.place) from error

    def resolved(self) -> str:
        """Return the recipe with every default filled in and paths absolute, as YAML; itself a recipe."""
        return yaml_reader.dump(self.recipe.model_dump(mode="json"))
