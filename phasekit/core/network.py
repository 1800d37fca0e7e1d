"""Network: a map with weights whose output is an object."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Literal

import torch

from phasekit.core.plugin import Plugin


class Network(Plugin):
    """A map with weights whose output is an object: what the deep prior optimises, and what a learner trains."""

    kind: ClassVar[str] = "network"
    reads: ClassVar[Literal["amplitude", "noise"]] = "amplitude"
    """What is put in: the measured amplitudes, zero frequency centred, largest 1; or noise, a code of its own."""
    mixes_batch: ClassVar[str] = ""  # waives "what a member of a batch gives does not depend on the others"

    @abstractmethod
    def build(self, detector: tuple[int, ...], box: tuple[int, ...]) -> torch.nn.Module:
        """Return an untrained module: (batch, *input_shape) real -> (batch, *box) complex, at any scale.

        `detector` is the shape of the data, `box` that of the part of space that the object may fill. The
        weights are drawn from torch's global generator, which the caller has seeded and restores.
        """

    @abstractmethod
    def input_shape(self, detector: tuple[int, ...], box: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of what is put in, channels first: (1, *detector) for a network that reads amplitudes."""

    def drawn(self, detector: tuple[int, ...], box: tuple[int, ...], seed: int) -> torch.nn.Module:
        """Build the module with the weights that `seed` draws; torch's global generator stays as it was."""
        with torch.random.fork_rng(devices=[]):
            # Not torch.manual_seed, which would seed the GPUs too, and those are not put back.
            torch.default_generator.manual_seed(seed)
            return self.build(detector, box)

    def refusal(self, detector: tuple[int, ...], box: tuple[int, ...]) -> str | None:
        """Say in a sentence why this network cannot be built for these shapes, and what would fit; else None."""
        return None
