"""Everything a plugin can hook into: one hook per kind, each returning a list of classes."""

from __future__ import annotations

from pathlib import Path

import pluggy

from phasekit.interfaces import Generator, Geometry, Loss, Network, Preparation, Schedule, Solver, Source

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
