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
        """Accept an existing problem from Python."""
        return Given(problem=value) if isinstance(value, Problem) else value

    @abstractmethod
    def load(self, geometry: Geometry | None, rng: torch.Generator) -> Problem:
        """Read or create the problem; `geometry`, if given, overrides the file.

        Raises `phasekit.InputError` with a sentence for unusable data.
        """

    def raw(self) -> Measurement | None:
        """Return the data as read, before any preparation, for `phasekit doctor`; None if there are none."""
        return None


class Given(Source):
    """An existing problem, for a `source` that is a Problem. Not available in recipes."""

    name: Literal["given"] = "given"
    problem: InstanceOf[Problem]

    def load(self, geometry: Geometry | None, rng: torch.Generator) -> Problem:
        """Return the problem unchanged, with its own geometry."""
        return self.problem


SourceLike = Source | Problem | Mapping[str, Any] | str
"""The type of `source` in Python: a source, a problem, a mapping with its name and options, or its name."""


def load_problem(source: SourceLike, geometry: Geometry | Mapping[str, Any] | str | None = None) -> Problem:
    """Return the problem of a source; a Problem is returned unchanged.

    Raises InputError.
    """
    try:
        given = None if geometry is None else Geometry.resolve(geometry)
        return Source.resolve(source).load(given, torch.Generator().manual_seed(0))
    except InputError as error:
        error.place = error.place or "source"
        raise
