"""The registry: the available plugins, by kind and name. A plain store; discovery fills it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from phasekit.runtime.errors import InputError
from phasekit.runtime.suggest import near


@dataclass
class Registry:
    """The available plugins by kind and name, with their origins, and those set aside."""

    entries: dict[tuple[str, str], list[tuple[str, type[Any]]]] = field(default_factory=dict)
    """(kind, name) -> [(origin, class)]; if there is more than one class, all are refused."""
    broken: dict[str, str] = field(default_factory=dict)
    """Failures to load: origin -> reason."""
    versions: dict[str, str] = field(default_factory=dict)
    """Distributions with plugins: name -> version."""
    weights: list[tuple[str, Path]] = field(default_factory=list)
    """Folders with trained weights: (origin, folder)."""
    detectors: list[tuple[str, Path]] = field(default_factory=list)
    """Folders with detector files: (origin, folder)."""
    files: dict[Path, str] = field(default_factory=dict)
    """Loaded plugin files: path -> SHA-256."""

    def enter(self, kind: str, name: str, cls: type[Any], origin: str) -> None:
        """Register a checked class; see `phasekit.core.discovery.add`."""
        rows = self.entries.setdefault((kind, name), [])
        if all(cls is not other for _, other in rows):
            rows.append((origin, cls))

    def names(self, kind: str) -> list[str]:
        """List the names of one kind, sorted."""
        return sorted(name for k, name in self.entries if k == kind)

    def called(self, name: str, *others: str) -> list[tuple[str, type[Any]]]:
        """Return (kind, class) of all that are called `name`; raises InputError with near matches, `others` too."""
        found = [(kind, cls) for (kind, n), rows in self.entries.items() for _, cls in rows if n == name]
        if not found:
            raise InputError(f"no plugin is called '{name}'; {near(name, (*others, *(n for _, n in self.entries)))}")
        return found

    def find(self, kind: str, name: str) -> type[Any]:
        """Return the class; raises ValueError with suggestions, or that names both if two share a name."""
        found = self.entries.get((kind, name), [])
        if len(found) == 1:
            return found[0][1]
        if found:
            both = " and ".join(f"{cls.__qualname__} from {origin}" for origin, cls in found)
            raise ValueError(
                f"two {kind} plugins share the name '{name}': {both}; both are refused. "
                "Uninstall one, or set PHASEKIT_BLOCK to the entry point to exclude"
            )
        elsewhere = [k for k, n in self.entries if n == name]
        hint = f"'{name}' is a {elsewhere[0]}" if elsewhere else near(name, self.names(kind))
        aside = "".join(f"; set aside: {origin} ({reason})" for origin, reason in self.broken.items())
        raise ValueError(f"no {kind} is called '{name}'; {hint}{aside}")

    def set_aside(self, origin: str, error: BaseException) -> None:
        """Record why something could not be loaded, in one line."""
        self.broken[origin] = f"{type(error).__name__}: {' '.join(str(error).split())}"

    def forget(self, origin: str) -> None:
        """Remove the plugins and failures of `origin`."""
        self.broken.pop(origin, None)
        self.weights = [row for row in self.weights if row[0] != origin]
        self.detectors = [row for row in self.detectors if row[0] != origin]
        for key, rows in list(self.entries.items()):
            self.entries[key] = [row for row in rows if row[0] != origin]
            if not self.entries[key]:
                del self.entries[key]


_fillers: list[Callable[[Registry], None]] = []


def fill_with(filler: Callable[[Registry], None]) -> None:
    """Set the function that fills the registry on its first use."""
    _fillers[:] = [filler]


@cache
def registry() -> Registry:
    """Return the one registry of this process, filled on first use."""
    made = Registry()
    for fill in _fillers:
        fill(made)
    return made
