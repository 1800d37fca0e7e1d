"""Find, check and look up plugins: entry points, the core's own two, and single files named in a recipe."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import os
import sys
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import Distribution, distributions
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from phasekit import hookspecs
from phasekit.chain import Chain, Constant
from phasekit.interfaces import INTERFACES
from phasekit.near import near
from phasekit.plugin import Plugin

GROUP = "phasekit"
HOOKS = {
    "generator": "phasekit_generators",
    "geometry": "phasekit_geometries",
    "solver": "phasekit_solvers",
    "loss": "phasekit_losses",
    "schedule": "phasekit_schedules",
    "source": "phasekit_sources",
    "preparation": "phasekit_preparations",
    "network": "phasekit_networks",
}


@dataclass
class Registry:
    """The plugins there are: by kind and name, with where each came from and what was set aside."""

    entries: dict[tuple[str, str], list[tuple[str, type[Plugin]]]] = field(default_factory=dict)
    """(kind, name) -> [(origin, class)]; more than one class means that all are refused."""
    broken: dict[str, str] = field(default_factory=dict)
    """What failed to load: origin -> reason."""
    versions: dict[str, str] = field(default_factory=dict)
    """Distributions that brought plugins: name -> version."""
    weights: list[tuple[str, Path]] = field(default_factory=list)
    """Folders with trained weights: (origin, folder)."""
    files: dict[Path, str] = field(default_factory=dict)
    """Inline plugin files that were loaded: path -> SHA-256."""

    def add(self, kind: str, cls: Any, origin: str) -> None:
        """Check one class and enter it; raises ValueError with the reason."""
        if not (inspect.isclass(cls) and issubclass(cls, INTERFACES[kind])):
            raise ValueError(f"{cls!r} is not a subclass of phasekit.{INTERFACES[kind].__name__}")
        if inspect.isabstract(cls):
            missing = ", ".join(sorted(cls.__abstractmethods__))
            raise ValueError(f"{cls.__qualname__} does not define {missing}")
        name = cls.model_fields["name"].default
        if not isinstance(name, str):
            raise ValueError(f'{cls.__qualname__} has no name; write: name: Literal["…"] = "…"')
        known = self.entries.setdefault((kind, name), [])
        if all(cls is not other for _, other in known):
            known.append((origin, cls))

    def names(self, kind: str) -> list[str]:
        """List the names of one kind, sorted."""
        return sorted(name for k, name in self.entries if k == kind)

    def find(self, kind: str, name: str) -> type[Plugin]:
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

    def load_module(self, module: ModuleType, origin: str) -> None:
        """Register a module's hook functions and enter what they list."""
        manager = pluggy.PluginManager(GROUP)
        manager.add_hookspecs(hookspecs)
        manager.register(module, name=origin)
        manager.check_pending()
        for kind, hook in HOOKS.items():
            for classes in getattr(manager.hook, hook)():
                for cls in classes:
                    self.add(kind, cls, origin)
        for folders in manager.hook.phasekit_weights():
            self.weights += [(origin, Path(folder)) for folder in folders]

    def load_entry_points(self) -> None:
        """Load every installed distribution's entry points; what fails is set aside and named."""
        blocked = {name.strip() for name in os.environ.get("PHASEKIT_BLOCK", "").split(",")}
        seen: set[str] = set()
        for distribution in distributions():
            for point in distribution.entry_points:
                if point.group != GROUP or point.name in blocked or f"{point.name}={point.value}" in seen:
                    continue
                seen.add(f"{point.name}={point.value}")
                origin = _origin(distribution, point.name)
                try:
                    self.load_module(point.load(), origin)
                except (Exception, SystemExit) as error:  # a stranger's package may fail in any way; it is named
                    self._forget(origin)
                    self.set_aside(origin, error)
                else:
                    self.versions[distribution.name] = distribution.version

    def load_file(self, path: Path) -> list[type[Plugin]]:
        """Load a single file: every concrete plugin class that it defines is entered; returns them.

        A file that raises is set aside and named. Raises FileNotFoundError.
        """
        path = path.resolve()
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        if self.files.get(path) == digest:
            return [cls for rows in self.entries.values() for origin, cls in rows if origin == str(path)]
        self._forget(str(path))
        for other in [p for p, known in self.files.items() if p == path or known == digest]:
            self._forget(str(other))  # of the same content: the copy beside a run, say
            del self.files[other]
        name = f"phasekit_inline_{path.stem}_{digest[:12]}"
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            self.broken[str(path)] = "not a Python file"
            return []
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        loaded: list[type[Plugin]] = []
        try:
            spec.loader.exec_module(module)
            for kind, cls in plugins_defined_in(module):
                self.add(kind, cls, str(path))
                loaded.append(cls)
            if not loaded:
                raise ValueError("it defines no plugin class")
        except (Exception, SystemExit) as error:  # as for entry points
            del sys.modules[name]
            self._forget(str(path))
            self.set_aside(str(path), error)
            return []
        self.files[path] = digest
        return loaded

    def set_aside(self, origin: str, error: BaseException) -> None:
        """Remember why something could not be loaded, in one line."""
        self.broken[origin] = f"{type(error).__name__}: {' '.join(str(error).split())}"

    def _forget(self, origin: str) -> None:
        self.broken.pop(origin, None)
        self.weights = [row for row in self.weights if row[0] != origin]
        for key, rows in list(self.entries.items()):
            self.entries[key] = [row for row in rows if row[0] != origin]
            if not self.entries[key]:
                del self.entries[key]


def plugins_defined_in(module: ModuleType) -> list[tuple[str, type[Plugin]]]:
    """List (kind, class) of the concrete plugin classes that `module` itself defines."""
    found = []
    for cls in vars(module).values():
        if not inspect.isclass(cls) or cls.__module__ != module.__name__ or inspect.isabstract(cls):
            continue
        found += [(kind, cls) for kind, interface in INTERFACES.items() if issubclass(cls, interface)]
    return found


def _origin(distribution: Distribution, point: str) -> str:
    return f"{distribution.name} {distribution.version} ({point})"


@cache
def registry() -> Registry:
    """Return the one registry of this process, its entry points loaded on first use."""
    made = Registry()
    made.add("solver", Chain, "phasekit (core)")
    made.add("schedule", Constant, "phasekit (core)")
    made.load_entry_points()
    return made


def find(kind: str, name: str) -> type[Plugin]:
    """Look a plugin class up by kind and name; raises ValueError with near matches."""
    return registry().find(kind, name)
