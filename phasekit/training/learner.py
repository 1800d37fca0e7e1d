"""Learner: a solver whose network is trained beforehand on simulated samples."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field
from torch import Tensor, nn

from phasekit.core.network import Network
from phasekit.core.solver import Solver
from phasekit.numerics import fourier
from phasekit.training.library import WeightsFile
from phasekit.training.samples import Samples


class Learner(Solver):
    """A solver with a network to train: `phasekit run` with `task: train` makes its weights.

    A subclass gives `network` a default, and implements `loss`, `answers` and the methods of every solver. The hook
    of the solvers lists it.
    """

    kind: ClassVar[str] = "solver"
    network: Network = Field(description="The network to train; stored weights contain their network.")
    weights: WeightsFile | None = Field(
        None, description="Trained weights, by name (`phasekit weights` lists them) or path; none before training."
    )

    @abstractmethod
    def loss(self, module: nn.Module, samples: Samples, step: int, steps: int) -> Tensor:
        """Return the loss of the network for each of `samples`: (n,) real, differentiable.

        `step` of `steps` is the progress of the training, for weights that are schedules.
        """

    @abstractmethod
    def answers(self, module: nn.Module, amplitude: Tensor, valid: Tensor) -> Tensor:
        """Return the network's objects for measured amplitudes, at the scale of the data.

        `amplitude` (n, *detector) real and `valid` (n, *detector) bool have zero frequency first; amplitudes that
        are not valid are ignored. Returns (n, *box) complex; the box is the middle half.
        """

    def floor(self, samples: Samples, step: int, steps: int) -> Tensor | None:
        """Return the loss, (n,), of an answer that cannot distinguish object and twin, if only one of them is right.

        None if the loss has no such floor.
        """
        return None

    def box(self, detector: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of the box that the network fills: the middle half of `detector`."""
        return tuple(side.stop - side.start for side in fourier.half_box(detector))

    def untrained(self, detector: tuple[int, ...], seed: int) -> nn.Module:
        """Return the module for data of shape `detector`, with random weights for `seed`."""
        return self.network.drawn(detector, self.box(detector), seed)

    def about(self) -> Mapping[str, Any]:
        """Return the options of this learner that the weights file stores, as JSON takes them."""
        return {"solver": self.model_dump(mode="json", exclude={"network", "weights"})}
