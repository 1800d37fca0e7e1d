"""Network: a map with weights whose output is an object."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Literal

import torch

from phasekit.core.plugin import Plugin


class Network(Plugin):
    """A map with weights whose output is an object: the deep prior optimises it, a learner trains it."""

    kind: ClassVar[str] = "network"
    reads: ClassVar[Literal["amplitude", "noise"]] = "amplitude"
    """The input: the measured amplitudes, zero frequency centred, largest 1; or noise, its own code."""
    mixes_batch: ClassVar[str] = ""  # waives "a member's output does not depend on the rest of its batch"

    @abstractmethod
    def build(self, detector: tuple[int, ...], box: tuple[int, ...]) -> torch.nn.Module:
        """Return an untrained module: (batch, *input_shape) real -> (batch, *box) complex, at any scale.

        `detector` is the shape of the data, `box` that of the region that the object may fill. The
        weights are drawn from torch's global generator, which the caller has seeded and restores.
        """

    @abstractmethod
    def input_shape(self, detector: tuple[int, ...], box: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of the input, channels first: (1, *detector) for a network that reads amplitudes."""

    def drawn(self, detector: tuple[int, ...], box: tuple[int, ...], seed: int) -> torch.nn.Module:
        """Build the module with the weights that `seed` draws; torch's global generator stays unchanged."""
        with torch.random.fork_rng(devices=[]):
            # Not torch.manual_seed: it would seed the GPUs too, and these are not restored.
            torch.default_generator.manual_seed(seed)
            return self.build(detector, box)

    def refusal(self, detector: tuple[int, ...], box: tuple[int, ...]) -> str | None:
        """Return a sentence why this network cannot be built for these shapes, and what would fit; else None."""
        return None
