"""A learner's network is built for the middle half of the data, with the weights that a seed draws."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import pytest
import torch
from torch import Tensor, nn

from phasekit import Learner, Problem, State
from phasekit.core.network import Network

from .. import toys


class Plain(Learner):
    """A learner that defines what it must, and no more."""

    name: Literal["plain"] = "plain"
    strength: float = 0.5

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Yield nothing."""
        return iter(())

    def loss(self, module: nn.Module, samples: Any, step: int, steps: int) -> Tensor:
        """Return nothing."""
        return torch.zeros(len(samples))

    def answers(self, module: nn.Module, amplitude: Tensor, valid: Tensor) -> Tensor:
        """Return what the module gives."""
        answered: Tensor = module(amplitude[:, None])
        return answered


PLAIN = Plain(network=toys.NETWORK)


@pytest.mark.parametrize(("detector", "box"), [((16, 16, 16), (8, 8, 8)), ((17, 24, 9), (8, 12, 4))])
def test_the_network_fills_the_middle_half_of_the_data(detector: tuple[int, ...], box: tuple[int, ...]) -> None:
    assert PLAIN.box(detector) == box


def test_an_untrained_network_has_the_weights_of_its_seed_and_the_shape_of_the_box() -> None:
    ours = PLAIN.untrained(toys.SHAPE, 5).state_dict()
    theirs = Network.resolve(toys.NETWORK).drawn(toys.SHAPE, (8, 8, 8), 5).state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    other = PLAIN.untrained(toys.SHAPE, 6).state_dict()
    assert any(not torch.equal(ours[name], other[name]) for name in ours)


def test_the_file_of_the_weights_tells_the_options_besides_network_and_weights() -> None:
    assert PLAIN.about() == {"solver": {"name": "plain", "strength": 0.5}}


def test_a_loss_has_no_floor_unless_a_learner_says_one() -> None:
    samples = toys.simulator().samples([0, 1], 0)
    assert PLAIN.floor(samples, 0, 10) is None
    floor = Learner.resolve(toys.learner()).floor(samples, 0, 10)
    assert floor is not None
    assert floor.shape == (2,)
