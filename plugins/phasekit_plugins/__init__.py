"""The built-in plugins, found by phasekit through the same entry point as a stranger's."""

from __future__ import annotations

from phasekit import Generator, Geometry, Loss, Schedule, Solver, Source, hookimpl

from .geometries.far_field import FarField
from .solvers.autocorrelation import Autocorrelation
from .solvers.detwin import Detwin
from .solvers.dm import DifferenceMap
from .solvers.er import ErrorReduction
from .solvers.hio import HybridInputOutput
from .solvers.raar import RelaxedReflections
from .solvers.random_object import RandomObject
from .solvers.random_phase import RandomPhase
from .solvers.shrinkwrap import ShrinkWrap


@hookimpl
def phasekit_generators() -> list[type[Generator]]:
    """List the built-in generators."""
    return []


@hookimpl
def phasekit_geometries() -> list[type[Geometry]]:
    """List the built-in geometries."""
    return [FarField]


@hookimpl
def phasekit_losses() -> list[type[Loss]]:
    """List the built-in losses."""
    return []


@hookimpl
def phasekit_schedules() -> list[type[Schedule]]:
    """List the built-in schedules."""
    return []


@hookimpl
def phasekit_sources() -> list[type[Source]]:
    """List the built-in sources."""
    return []


@hookimpl
def phasekit_solvers() -> list[type[Solver]]:
    """List the built-in solvers, the starts among them."""
    return [
        ErrorReduction,
        HybridInputOutput,
        RelaxedReflections,
        DifferenceMap,
        ShrinkWrap,
        Detwin,
        RandomPhase,
        RandomObject,
        Autocorrelation,
    ]
