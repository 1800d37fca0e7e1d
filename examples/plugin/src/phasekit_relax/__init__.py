"""A solver for phasekit: over-relaxed error reduction."""

from __future__ import annotations

from phasekit import Solver, hookimpl

from .relax import Relax


@hookimpl
def phasekit_solvers() -> list[type[Solver]]:
    """List the solvers that this package brings."""
    return [Relax]
