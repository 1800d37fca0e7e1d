"""Source: where a problem comes from."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import torch

from phasekit.core.geometry import Geometry
from phasekit.core.measurement import Measurement
from phasekit.core.plugin import Plugin
from phasekit.core.problem import Problem


class Source(Plugin):
    """Where a problem comes from: a simulation, a file, a beamline's scan."""

    kind: ClassVar[str] = "source"

    @abstractmethod
    def load(self, geometry: Geometry | None, rng: torch.Generator) -> Problem:
        """Read or make the problem; `geometry`, where given, overrides what a file says.

        Raises `phasekit.InputError` with a sentence for data that cannot be used.
        """

    def raw(self) -> Measurement | None:
        """Return what was read, before any preparation, for `phasekit doctor`; None where there is no such thing."""
        return None
