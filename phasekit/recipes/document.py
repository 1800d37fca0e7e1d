"""A recipe as text: read, and changed by --set, before it is interpreted.

This imports nothing heavy, so that a missing file, or one that is not YAML, is refused at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from phasekit.runtime import yaml_reader
from phasekit.runtime.errors import InputError
from phasekit.runtime.text import read_text
from phasekit.runtime.tree import Place, Tree


@dataclass(frozen=True)
class Document:
    """A mapping of keys that may be a recipe, with its text."""

    tree: Tree
    """With the changes."""
    text: str
    """As given, before the changes."""
    name: str
    """The file's stem, or "recipe" for one made in Python."""
    folder: Path
    """The folder of its relative paths."""
    changes: tuple[tuple[Place, str], ...] = ()
    """What --set changed: (place, "a.b=c")."""

    def __post_init__(self) -> None:
        if not isinstance(self.tree.data, dict):
            found = "nothing" if self.tree.data is None else f"a {type(self.tree.data).__name__}"
            raise InputError(f"{self.tree.file}:1: a recipe is a mapping (source: …, solver: …), but this is {found}")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file; raises InputError with file and line."""
        return cls(yaml_reader.read(path), read_text(path), path.stem, path.resolve().parent)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse the text of a recipe made in Python; its paths are relative to the current folder."""
        return cls(yaml_reader.parse(text, "recipe"), text, "recipe", Path.cwd())

    def changed(self, sets: Sequence[str]) -> Self:
        """Return a copy with `sets` ("a.b=c") applied; raises InputError."""
        tree = replace(self.tree, data=deepcopy(self.tree.data))
        return replace(self, tree=tree, changes=(*self.changes, *((_apply(tree, text), text) for text in sets)))


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
