"""Reads a recipe, and locates its mistakes: file:line: place: reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from phasekit.core.discovery import load_file
from phasekit.core.mistakes import explained, located
from phasekit.core.registry import registry
from phasekit.core.task import Task
from phasekit.recipes.document import Document
from phasekit.recipes.loaded import LoadedRecipe
from phasekit.recipes.tasks import TASKS
from phasekit.runtime import yaml_reader
from phasekit.runtime.errors import InputError
from phasekit.runtime.suggest import near
from phasekit.runtime.tree import Place, Tree

SCHEMA_KEY = "$schema"
"""The key of a recipe that only editors read."""


def load(
    source: Document | Path | str | Mapping[str, Any], sets: Sequence[str] = (), model: type[Task] | None = None
) -> LoadedRecipe:
    """Read a recipe from a file, or take it as a mapping, apply `sets` ("a.b=c"), validate as its task or `model`.

    Raises InputError with one line per mistake: `file:line: place: reason`.
    """
    if isinstance(source, Mapping):
        source = Document.parse(yaml_reader.dump(_plain(source)))
    document = (source if isinstance(source, Document) else Document.read(Path(source))).changed(sets)
    tree, folder = document.tree, document.folder
    model = model or _model_of(tree)
    warnings = _load_plugins(tree.data.get("plugins"), folder)
    keys = {key: value for key, value in tree.data.items() if key != SCHEMA_KEY}
    try:
        recipe = model.model_validate(keys, context={"folder": str(folder)})
    except ValidationError as error:
        explained_error = explained(error, "a recipe", list(model.model_fields))
        sentences = located(explained_error, tree, lambda place: _set_by(place, tree, dict(document.changes)))
        raise InputError("\n".join(sentences)) from None
    if recipe.out is not None:
        recipe = recipe.model_copy(update={"out": folder / recipe.out.expanduser()})
    return LoadedRecipe(
        recipe, document.text, document.name, tuple(text for _, text in document.changes), warnings, tree
    )


def _model_of(tree: Tree) -> type[Task]:
    """Return the model of the recipe's task; raises InputError for an unknown task."""
    task = tree.data.get("task", "solve")
    if not isinstance(task, str) or task not in TASKS:
        raise InputError(
            f"{tree.file}:{tree.line(('task',)) or 1}: task: unknown task {task!r}; {near(str(task), TASKS)}"
        )
    return TASKS[task]


def _plain(value: Any) -> Any:
    """Convert plugins, tuples and paths inside a mapping made in Python to plain data."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def _load_plugins(files: Any, folder: Path) -> tuple[str, ...]:
    """Load the recipe's plugin files, so that their names are known; return those that could not be loaded."""
    found = [folder / Path(str(file)).expanduser() for file in files] if isinstance(files, list) else []
    for path in found:
        if path.is_file():  # the validation reports a missing one with its line
            load_file(registry(), path)
    aside = registry().broken
    return tuple(f"set aside: {p.resolve()} ({aside[str(p.resolve())]})" for p in found if str(p.resolve()) in aside)


def _set_by(place: Place, tree: Tree, origins: Mapping[Place, str]) -> str | None:
    """Return the "--set a.b=c" that made a place; None for a place of the file."""
    start = next((text for at, text in origins.items() if place[: len(at)] == at), None)
    if start is None and place not in tree.lines:  # parents made by a --set have no line
        start = next((text for at, text in origins.items() if at[: len(place)] == place), None)
    return None if start is None else f"--set {start}"
