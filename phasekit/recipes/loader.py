"""Reading a recipe, and saying where it is wrong: file:line: place: reason."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from phasekit.core.discovery import load_file
from phasekit.core.plugin import explained
from phasekit.core.registry import registry
from phasekit.core.task import Task
from phasekit.recipes.document import Document
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


def load(
    source: Document | Path | str | Mapping[str, Any], sets: Sequence[str] = (), model: type[Task] | None = None
) -> Loaded:
    """Read a recipe from a file, or take it as a mapping, apply `sets` ("a.b=c"), validate as its task or `model`.

    Raises InputError with one line per mistake: `file:line: place: reason`.
    """
    if isinstance(source, Mapping):
        source = Document.parse(yaml_reader.dump(_plain(source)))
    document = (source if isinstance(source, Document) else Document.read(Path(source))).changed(sets)
    tree, folder = document.tree, document.folder
    model = model or _model_of(tree)
    warnings = _load_plugins(tree.data.get("plugins"), folder)
    try:
        recipe = model.model_validate(tree.data, context={"folder": str(folder)})
    except ValidationError as error:
        explained_error = explained(error, "a recipe", list(model.model_fields))
        raise InputError("\n".join(_sentences(explained_error, tree, dict(document.changes)))) from None
    if recipe.out is not None:
        recipe = recipe.model_copy(update={"out": folder / recipe.out.expanduser()})
    return Loaded(recipe, document.text, document.name, tuple(text for _, text in document.changes), warnings, tree)


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


def _sentences(error: ValidationError, tree: Tree, origins: Mapping[Place, str]) -> list[str]:
    """Say every mistake as `file:line: place: reason`."""
    found: list[tuple[Place, bool, str]] = []
    lines = error.errors(include_url=False)
    for line in lines:
        place, tagged = _place(line["loc"], tree.data)
        inside = [other for other in lines if other["loc"][:-1] == line["loc"]]
        if line["type"] == "too_short" and inside:
            continue  # entries that are wrong were not counted
        reason = line["msg"].removeprefix("Value error, ")
        if line["type"] == "unknown_option":
            place = (*place, line["loc"][-1]) if not place or place[-1] != line["loc"][-1] else place
        found.append((place, tagged, reason))
    sentences: list[tuple[int, str]] = []
    for place, tagged, reason in found:
        others = [p for p, _, _ in found if p[: len(place)] == place]
        if tagged and len(others) > 1 and any(not t or p != place for p, t, _ in found if p in others):
            continue  # the other branch of "a schedule or a number" says it better
        shown = place[:-1] if " has no option " in reason else place
        start = next((f"--set {text}" for at, text in origins.items() if place[: len(at)] == at), None)
        if start is None and place not in tree.lines:  # what a --set made on the way to its place has no line
            start = next((f"--set {text}" for at, text in origins.items() if at[: len(place)] == place), None)
        start = start or f"{tree.file}:{tree.line(place) or 1}"
        where = ".".join(map(str, shown))
        rank = tree.line(place) or 1 if start.startswith(f"{tree.file}:") else sys.maxsize  # in the order of the file
        sentences.append((rank, f"{start}: {where}: {reason}" if where else f"{start}: {reason}"))
    return [sentence for _, sentence in dict.fromkeys(sorted(sentences, key=lambda ranked: ranked[0]))]


def _place(loc: Sequence[str | int], data: Any) -> tuple[Place, bool]:
    """Find an error in the tree as written: shorthands left `solvers` out, unions put names of types in."""
    place: list[str | int] = []
    tagged, node = False, data
    for part in loc:
        there = part in node if isinstance(node, dict) else isinstance(node, list) and part in range(len(node))
        if there:
            node = node[part]
            place.append(part)
        else:
            tagged = tagged or part in ("float", "int")
    return tuple(place), tagged
