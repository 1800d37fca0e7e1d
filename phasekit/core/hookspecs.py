"""The hooks for plugins: one per kind, each returning a list of classes."""

from __future__ import annotations

from pathlib import Path

import pluggy

from phasekit.core.generator import Generator
from phasekit.core.geometry import Geometry
from phasekit.core.loss import Loss
from phasekit.core.network import Network
from phasekit.core.plugin import Plugin
from phasekit.core.preparation import Preparation
from phasekit.core.schedule import Schedule
from phasekit.core.solver import Solver
from phasekit.core.source import Source

hookspec = pluggy.HookspecMarker("phasekit")
hookimpl = pluggy.HookimplMarker("phasekit")


@hookspec
def phasekit_generators() -> list[type[Generator]]:
    """List the generators that this package brings."""
    raise NotImplementedError  # a specification is never called


@hookspec
def phasekit_geometries() -> list[type[Geometry]]:
    """List the geometries that this package brings."""
    raise NotImplementedError  # a specification is never called


@hookspec
def phasekit_solvers() -> list[type[Solver]]:
    """List the solvers and starts that this package brings."""
    raise NotImplementedError  # a specification is never called


@hookspec
def phasekit_losses() -> list[type[Loss]]:
    """List the losses and metrics that this package brings."""
    raise NotImplementedError  # a specification is never called


@hookspec
def phasekit_schedules() -> list[type[Schedule]]:
    """List the schedules that this package brings."""
    raise NotImplementedError  # a specification is never called


@hookspec
def phasekit_sources() -> list[type[Source]]:
    """List the sources that this package brings."""
    raise NotImplementedError  # a specification is never called


@hookspec
def phasekit_preparations() -> list[type[Preparation]]:
    """List the preparations of raw counts that this package brings."""
    raise NotImplementedError  # a specification is never called


@hookspec
def phasekit_networks() -> list[type[Network]]:
    """List the networks that this package brings."""
    raise NotImplementedError  # a specification is never called


@hookspec
def phasekit_weights() -> list[Path]:
    """List the folders with trained weights (safetensors, named by their file names) that this package brings."""
    raise NotImplementedError  # a specification is never called


@hookspec
def phasekit_detectors() -> list[Path]:
    """List the folders with detector files (YAML, named by what stands in them) that this package brings."""
    raise NotImplementedError  # a specification is never called


INTERFACES: dict[str, type[Plugin]] = {
    kind.kind: kind for kind in (Generator, Geometry, Solver, Loss, Schedule, Source, Preparation, Network)
}
"""Kind -> its interface."""

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
"""Kind -> the hook that lists its classes."""
