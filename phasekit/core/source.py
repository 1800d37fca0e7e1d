"""Source: where a problem comes from."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Protocol

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
        """Accept from Python an existing problem, or an array of counts, which the source `numpy` takes."""
        if isinstance(value, Problem):
            return Given(problem=value)
        return {"name": "numpy", "path": value} if is_array(value) else value

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


class ArrayLike(Protocol):
    """An array of numpy, torch, h5py or another library."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of elements along each axis."""

    @property
    def dtype(self) -> Any:
        """The type of an element."""


def is_array(value: Any) -> bool:
    """Return whether `value` is an array, of whatever library."""
    return hasattr(value, "shape") and hasattr(value, "dtype")


SourceLike = Source | Problem | ArrayLike | Mapping[str, Any] | str
"""The type of `source` in Python: a source, a problem, an array, a mapping with its name and options, or its name."""


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
