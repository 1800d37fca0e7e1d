"""The geometry of a problem that a scan was read for."""

from __future__ import annotations

from phasekit import Problem
from phasekit_plugins.geometries.bragg import Bragg


def bragg_of(problem: Problem) -> Bragg:
    """Return it; fails where it is no Bragg geometry."""
    assert isinstance(problem.geometry, Bragg)
    return problem.geometry
