"""Discovery: fill the registry from entry points, the core's own two plugins, and files named in a recipe."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import os
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from phasekit.core import hookspecs
from phasekit.core.chain import Chain, Constant
from phasekit.core.hookspecs import HOOKS, INTERFACES
from phasekit.core.plugin import Plugin
from phasekit.core.registry import Registry

GROUP = "phasekit"


def discover(store: Registry) -> None:
    """Register the core's own plugins and those of every installed distribution."""
    add(store, "solver", Chain, "phasekit (core)")
    add(store, "schedule", Constant, "phasekit (core)")
    load_entry_points(store)


def add(store: Registry, kind: str, cls: Any, origin: str) -> None:
    """Check one class and register it; raises ValueError with the reason."""
    if not (inspect.isclass(cls) and issubclass(cls, INTERFACES[kind])):
        raise ValueError(f"{cls!r} is not a subclass of phasekit.{INTERFACES[kind].__name__}")
    if inspect.isabstract(cls):
        missing = ", ".join(sorted(cls.__abstractmethods__))
        raise ValueError(f"{cls.__qualname__} does not define {missing}")
    name = cls.model_fields["name"].default
    if not isinstance(name, str):
        raise ValueError(f'{cls.__qualname__} has no name; write: name: Literal["…"] = "…"')
    store.enter(kind, name, cls, origin)


def load_module(store: Registry, module: ModuleType, origin: str) -> None:
    """Register a module's hook functions and the plugins that they list."""
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    manager.register(module, name=origin)
    manager.check_pending()
    for kind, hook in HOOKS.items():
        for classes in getattr(manager.hook, hook)():
            for cls in classes:
                add(store, kind, cls, origin)
    for folders in manager.hook.phasekit_weights():
        store.weights += [(origin, Path(folder)) for folder in folders]
    for folders in manager.hook.phasekit_detectors():
        store.detectors += [(origin, Path(folder)) for folder in folders]


def load_entry_points(store: Registry) -> None:
    """Load every installed distribution's entry points; failures are set aside and named."""
    blocked = {name.strip() for name in os.environ.get("PHASEKIT_BLOCK", "").split(",")}
    seen: set[str] = set()
    for distribution in distributions():
        for point in distribution.entry_points:
            if point.group != GROUP or point.name in blocked or f"{point.name}={point.value}" in seen:
                continue
            seen.add(f"{point.name}={point.value}")
            origin = _origin(distribution, point.name)
            try:
                load_module(store, point.load(), origin)
            except (Exception, SystemExit) as error:  # a third-party package may fail in any way; it is named
                store.forget(origin)
                store.set_aside(origin, error)
            else:
                store.versions[distribution.name] = distribution.version


def load_file(store: Registry, path: Path) -> list[type[Plugin]]:
    """Load a single file and register every concrete plugin class that it defines; return them.

    A file that raises is set aside and named. Raises FileNotFoundError.
    """
    path = path.resolve()
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if store.files.get(path) == digest:
        return [cls for rows in store.entries.values() for origin, cls in rows if origin == str(path)]
    store.forget(str(path))
    for other in [p for p, known in store.files.items() if p == path or known == digest]:
        store.forget(str(other))  # with the same content, such as the copy in a run folder
        del store.files[other]
    name = f"phasekit_inline_{path.stem}_{digest[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        store.broken[str(path)] = "not a Python file"
        return []
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    loaded: list[type[Plugin]] = []
    try:
        spec.loader.exec_module(module)
        for kind, cls in plugins_defined_in(module):
            add(store, kind, cls, str(path))
            loaded.append(cls)
        if not loaded:
            raise ValueError("it defines no plugin class")
    except (Exception, SystemExit) as error:  # as for entry points
        del sys.modules[name]
        store.forget(str(path))
        store.set_aside(str(path), error)
        return []
    store.files[path] = digest
    return loaded


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
