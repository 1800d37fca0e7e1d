"""Moved modules: their old names can be imported for one release, with a DeprecationWarning. Removed in 0.3."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from warnings import warn

MOVED = {
    "phasekit.align": "phasekit.numerics.registration",
    "phasekit.constants": "phasekit.runtime.constants",
    "phasekit.fourier": "phasekit.numerics.fourier",
    "phasekit.gate": "phasekit.training.novelty",
    "phasekit.geometry_sheet": "phasekit.cli.geometry_sheet",
    "phasekit.job": "phasekit.solving.job",
    "phasekit.likeness": "phasekit.training.object_error",
    "phasekit.modulus": "phasekit.numerics.modulus",
    "phasekit_plugins.sources.array_source": "phasekit.reading.array_source",
    "phasekit_plugins.sources.arrays": "phasekit.reading.arrays",
    "phasekit_plugins.sources.reading": "phasekit.reading.stored",
    "phasekit_plugins.sources.reading_column": "phasekit.reading.column",
    "phasekit_plugins.sources.reading_spec": "phasekit.reading.spec",
    "phasekit_plugins.sources.reading_tiff": "phasekit.reading.tiff",
    "phasekit_plugins.sources.rocking_positions": "phasekit.reading.rocking_positions",
}
"""Old name -> new name, for the modules in the documentation of 0.1."""


class OldNames(MetaPathFinder, Loader):
    """Imports a moved module under its old name; the two names are one module."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find moved modules only."""
        return ModuleSpec(fullname, self) if fullname in MOVED else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Warn, and import the module under its new name."""
        warn(f"{spec.name} has moved; import {MOVED[spec.name]}", DeprecationWarning, stacklevel=2)
        return ModuleType(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Return the module of the new name in place of the requested one."""
        sys.modules[module.__name__] = import_module(MOVED[module.__name__])
