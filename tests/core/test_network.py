"""The weights of a network are drawn by their seed alone."""

from __future__ import annotations

from typing import Literal

import pytest
import torch

from phasekit import Network


class Small(Network):
    """A layer with a few weights."""

    name: Literal["small"] = "small"

    def build(self, detector: tuple[int, ...], box: tuple[int, ...]) -> torch.nn.Module:
        """Return a linear layer."""
        return torch.nn.Linear(detector[0], box[0])

    def input_shape(self, detector: tuple[int, ...], box: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape that is put in."""
        return (1, *detector)


def _weights(seed: int) -> torch.Tensor:
    return torch.cat([weight.flatten() for weight in Small().drawn((6,), (4,), seed).parameters()])


@pytest.mark.parametrize("before", [0, 1])
def test_a_seed_draws_the_same_weights_whatever_was_drawn_before(before: int) -> None:
    torch.manual_seed(before)
    torch.manual_seed(5)
    expected = torch.cat([weight.flatten() for weight in torch.nn.Linear(6, 4).parameters()])
    torch.manual_seed(before)
    assert torch.equal(_weights(5), expected)
    assert not torch.equal(_weights(6), expected)


def test_drawing_leaves_the_global_generator_as_it_was() -> None:
    torch.manual_seed(3)
    expected = torch.rand(5)
    torch.manual_seed(3)
    _weights(9)
    assert torch.equal(torch.rand(5), expected)


def test_a_network_takes_every_shape_unless_it_says_otherwise() -> None:
    assert Small().refusal((8, 8), (4, 4)) is None
