"""Learner: a solver whose network is trained beforehand, on samples that are simulated."""

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
    """A solver with a network to train: `phasekit run` with `task: train` gives it its weights.

    A subclass gives `network` a default, and writes `loss`, `answers` and what every solver has. It is listed by
    the hook of the solvers.
    """

    kind: ClassVar[str] = "solver"
    network: Network = Field(description="What is trained; the weights say which network they are for.")
    weights: WeightsFile | None = Field(
        None, description="Trained weights, by name (`phasekit weights` lists them) or path; none before training."
    )

    @abstractmethod
    def loss(self, module: nn.Module, samples: Samples, step: int, steps: int) -> Tensor:
        """Return how badly the network answers each of `samples`: (n,) real, differentiable.

        `step` of `steps` is where the training stands, for weights that are schedules.
        """

    @abstractmethod
    def answers(self, module: nn.Module, amplitude: Tensor, valid: Tensor) -> Tensor:
        """Return the network's objects for measured amplitudes, at the scale of the data.

        `amplitude` (n, *detector) real and `valid` (n, *detector) bool have zero frequency first; what the
        amplitude is where it is not valid changes nothing. Returns (n, *box) complex, the box being the middle half.
        """

    def floor(self, samples: Samples, step: int, steps: int) -> Tensor | None:
        """Return the loss, (n,), of what cannot tell object and twin apart, were only one of them the right answer.

        None where a loss has no such floor.
        """
        return None

    def box(self, detector: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of the part of space that the network fills: the middle half of `detector`."""
        return tuple(side.stop - side.start for side in fourier.half_box(detector))

    def untrained(self, detector: tuple[int, ...], seed: int) -> nn.Module:
        """Return the module for data of shape `detector`, with the weights that `seed` draws."""
        return self.network.drawn(detector, self.box(detector), seed)

    def about(self) -> Mapping[str, Any]:
        """Return what of this learner's options the weights' file is to tell, as JSON takes it."""
        return {"solver": self.model_dump(mode="json", exclude={"network", "weights"})}
