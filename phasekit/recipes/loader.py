"""Reading a recipe, and saying where it is wrong: file:line: place: reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from phasekit.core.discovery import load_file
from phasekit.core.mistakes import explained, located
from phasekit.core.registry import registry
from phasekit.core.task import Task
from phasekit.recipes.tasks import TASKS
from phasekit.runtime import yaml_reader
from phasekit.runtime.errors import InputError
from phasekit.runtime.suggest import near
from phasekit.runtime.yaml_reader import Place, Tree
from phasekit.solving.task import SolveTask


@dataclass(frozen=True)
class Loaded:
    """A recipe with the text that it came from."""

    recipe: Task
    text: str
    """As given, before --set."""
    name: str
    """The file's stem, or "recipe" for one made in Python."""
    sets: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    """Plugin files that were set aside."""
    tree: Tree | None = None

    @property
    def solving(self) -> SolveTask:
        """The recipe, which is one that reconstructs; raises InputError for any other task."""
        if not isinstance(self.recipe, SolveTask):
            raise InputError("this takes a recipe that reconstructs, and the task here is another", "task")
        return self.recipe

    def where(self, place: str | None) -> str:
        """Return "file:line: place: " for a key of the recipe, told as "a.0.b"; "file: " where it is not there."""
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
        """Have what is refused inside name the recipe's line that it is about."""
        try:
            yield
        except InputError as error:
            raise InputError(f"{self.where(error.place)}{error}", error.place) from error

    def resolved(self) -> str:
        """Return the recipe with every default filled in and paths absolute, as YAML; itself a recipe."""
        return yaml_reader.dump(self.recipe.model_dump(mode="json"))


def load(source: Path | str | Mapping[str, Any], sets: Sequence[str] = (), model: type[Task] | None = None) -> Loaded:
    """Read a recipe from a file, or take it as a mapping, apply `sets` ("a.b=c"), validate as its task or `model`.

    Raises InputError with one line per mistake: `file:line: place: reason`.
    """
    if isinstance(source, Mapping):
        text, name, folder = yaml_reader.dump(_plain(source)), "recipe", Path.cwd()
        tree = yaml_reader.parse(text, "recipe")
    else:
        path = Path(source)
        tree, name, folder = yaml_reader.read(path), path.stem, path.resolve().parent
        text = path.read_text(encoding="utf-8")
    if not isinstance(tree.data, dict):
        found = "nothing" if tree.data is None else f"a {type(tree.data).__name__}"
        raise InputError(f"{tree.file}:1: a recipe is a mapping (source: …, solver: …), and this is {found}")
    origins = {_apply(tree, text_of_set): text_of_set for text_of_set in sets}
    model = model or _model_of(tree)
    warnings = _load_plugins(tree.data.get("plugins"), folder)
    try:
        recipe = model.model_validate(tree.data, context={"folder": str(folder)})
    except ValidationError as error:
        explained_error = explained(error, "a recipe", list(model.model_fields))
        sentences = located(explained_error, tree, lambda place: _set_by(place, tree, origins))
        raise InputError("\n".join(sentences)) from None
    if recipe.out is not None:
        recipe = recipe.model_copy(update={"out": folder / recipe.out.expanduser()})
    return Loaded(recipe, text, name, tuple(sets), warnings, tree)


def _model_of(tree: Tree) -> type[Task]:
    """Return what a recipe may say, told by its task; raises InputError for a task that there is not."""
    task = tree.data.get("task", "solve")
    if not isinstance(task, str) or task not in TASKS:
        raise InputError(
            f"{tree.file}:{tree.line(('task',)) or 1}: task: there is no task {task!r}; {near(str(task), TASKS)}"
        )
    return TASKS[task]


def _plain(value: Any) -> Any:
    """Turn plugins, tuples and paths inside a mapping made in Python into plain data."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def _load_plugins(files: Any, folder: Path) -> tuple[str, ...]:
    """Load the recipe's own plugin files, so that its names are known; return what was set aside."""
    found = [folder / Path(str(file)).expanduser() for file in files] if isinstance(files, list) else []
    for path in found:
        if path.is_file():  # one that is missing is reported with its line by the validation
            load_file(registry(), path)
    aside = registry().broken
    return tuple(f"set aside: {p.resolve()} ({aside[str(p.resolve())]})" for p in found if str(p.resolve()) in aside)


def _apply(tree: Tree, text: str) -> Place:
    """Apply one "a.b=c" to the tree; returns the place."""
    path, equals, value_text = text.partition("=")
    keys: list[str | int] = [int(key) if key.isdecimal() else key for key in path.split(".")]
    if not equals or not path:
        raise InputError(f"--set {text}: write it as place=value, for example solver.0.beta=0.8")
    value = yaml_reader.parse(value_text, f"--set {text}").data
    node, parent = tree.data, None
    for depth, key in enumerate(keys):
        last = depth == len(keys) - 1
        if isinstance(node, str) and parent is not None:
            node = parent[keys[depth - 1]] = {"name": node}  # a bare name is a plugin with its defaults
        if isinstance(node, dict):
            key = keys[depth] = str(key)
            if not last and key not in node:
                node[key] = {}
        elif not (isinstance(node, list) and isinstance(key, int) and key < len(node)):
            there = f"{len(node)} entries, counted from 0" if isinstance(node, list) else f"{node!r}"
            raise InputError(
                f"--set {text}: no '{key}' in {'.'.join(map(str, keys[:depth])) or 'the recipe'} ({there})"
            )
        if last:
            node[key] = value
        parent, node = node, node[key]
    return tuple(keys)


def _set_by(place: Place, tree: Tree, origins: Mapping[Place, str]) -> str | None:
    """Return the "--set a.b=c" that a place comes from; None for one of the file."""
    start = next((text for at, text in origins.items() if place[: len(at)] == at), None)
    if start is None and place not in tree.lines:  # what a --set made on the way to its place has no line
        start = next((text for at, text in origins.items() if at[: len(place)] == place), None)
    return None if start is None else f"--set {start}"
