"""The registry: which plugins are available, by kind and name. A plain store; discovery fills it."""

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
    """The plugins available: by kind and name, with where each came from and what was set aside."""

    entries: dict[tuple[str, str], list[tuple[str, type[Any]]]] = field(default_factory=dict)
    """(kind, name) -> [(origin, class)]; more than one class means that all are refused."""
    broken: dict[str, str] = field(default_factory=dict)
    """What failed to load: origin -> reason."""
    versions: dict[str, str] = field(default_factory=dict)
    """Distributions that brought plugins: name -> version."""
    weights: list[tuple[str, Path]] = field(default_factory=list)
    """Folders with trained weights: (origin, folder)."""
    files: dict[Path, str] = field(default_factory=dict)
    """Plugin files that were loaded: path -> SHA-256."""

    def enter(self, kind: str, name: str, cls: type[Any], origin: str) -> None:
        """Enter a class that has been checked; see `phasekit.core.discovery.add`."""
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
        """Return the class; raises ValueError with near matches, or naming both of two with one name."""
        found = self.entries.get((kind, name), [])
        if len(found) == 1:
            return found[0][1]
        if found:
            both = " and ".join(f"{cls.__qualname__} from {origin}" for origin, cls in found)
            raise ValueError(
                f"two {kind} plugins call themselves '{name}': {both}; both are refused. "
                "Uninstall one, or set PHASEKIT_BLOCK to the entry point to leave out"
            )
        elsewhere = [k for k, n in self.entries if n == name]
        hint = f"'{name}' is a {elsewhere[0]}" if elsewhere else near(name, self.names(kind))
        aside = "".join(f"; set aside: {origin} ({reason})" for origin, reason in self.broken.items())
        raise ValueError(f"no {kind} is called '{name}'; {hint}{aside}")

    def set_aside(self, origin: str, error: BaseException) -> None:
        """Remember why something could not be loaded, in one line."""
        self.broken[origin] = f"{type(error).__name__}: {' '.join(str(error).split())}"

    def forget(self, origin: str) -> None:
        """Remove what `origin` brought, and what was said of it."""
        self.broken.pop(origin, None)
        self.weights = [row for row in self.weights if row[0] != origin]
        for key, rows in list(self.entries.items()):
            self.entries[key] = [row for row in rows if row[0] != origin]
            if not self.entries[key]:
                del self.entries[key]


_fillers: list[Callable[[Registry], None]] = []


def fill_with(filler: Callable[[Registry], None]) -> None:
    """Say what fills the registry on its first use."""
    _fillers[:] = [filler]


@cache
def registry() -> Registry:
    """Return the one registry of this process, filled on first use."""
    made = Registry()
    for fill in _fillers:
        fill(made)
    return made
