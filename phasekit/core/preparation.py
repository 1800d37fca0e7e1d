"""Preparation: one step from raw counts to data that can be phased."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from phasekit.core.measurement import Measurement
from phasekit.core.plugin import Plugin


class Preparation(Plugin):
    """One step that prepares raw counts for phasing; sources that read files take a list of them."""

    kind: ClassVar[str] = "preparation"

    @abstractmethod
    def apply(self, measured: Measurement) -> Measurement:
        """Return the measurement after this step, with a sentence in `steps` that describes it.

        Does not modify its arguments. Raises `phasekit.InputError` with a sentence if the step is impossible.
        """
