"""Source: where a problem comes from."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import torch
from pydantic import InstanceOf

from phasekit.core.geometry import Geometry
from phasekit.core.measurement import Measurement
from phasekit.core.plugin import Plugin
from phasekit.core.problem import Problem
from phasekit.runtime.errors import InputError


class Source(Plugin):
    """Where a problem comes from: a simulation, a file, a beamline's scan."""

    kind: ClassVar[str] = "source"

    @classmethod
    def shorthand(cls, value: Any) -> Any:
        """Take a problem that exists already, from Python."""
        return Given(problem=value) if isinstance(value, Problem) else value

    @abstractmethod
    def load(self, geometry: Geometry | None, rng: torch.Generator) -> Problem:
        """Read or make the problem; `geometry`, where given, overrides what a file says.

        Raises `phasekit.InputError` with a sentence for data that cannot be used.
        """

    def raw(self) -> Measurement | None:
        """Return what was read, before any preparation, for `phasekit doctor`; None where there is no such thing."""
        return None


class Given(Source):
    """A problem that exists already; what `source` means where it is a Problem. No recipe names it."""

    name: Literal["given"] = "given"
    problem: InstanceOf[Problem]

    def load(self, geometry: Geometry | None, rng: torch.Generator) -> Problem:
        """Return the problem as it is; its geometry is its own."""
        return self.problem


SourceLike = Source | Problem | Mapping[str, Any] | str
"""What `source` takes in Python: a source, a problem, a mapping with its name and options, or its name."""


def load_problem(source: SourceLike, geometry: Geometry | Mapping[str, Any] | str | None = None) -> Problem:
    """Return the problem that a source gives; a Problem is taken as it is.

    Raises InputError.
    """
    try:
        given = None if geometry is None else Geometry.resolve(geometry)
        return Source.resolve(source).load(given, torch.Generator().manual_seed(0))
    except InputError as error:
        error.place = error.place or "source"
        raise
