"""A recorded function: the same answers as the function's own, for other values too."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
import torch

from phasekit_plugins.solvers.cnn.captured import Captured


def sums(x: torch.Tensor, y: torch.Tensor) -> Sequence[torch.Tensor]:
    return x + y, (x * y).sum()


class StandIn:
    """A graph for machines without a GPU: records nothing, and computes once more where a GPU would play it."""

    recorded: Captured

    def replay(self) -> None:
        for output, again in zip(self.recorded.outputs, sums(*self.recorded.inputs), strict=True):
            output.copy_(again)


@pytest.fixture(params=["cpu", "cuda"])
def example(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[torch.Tensor, torch.Tensor]:
    """Return tensors on a GPU, and on the CPU with a stand-in for a GPU's graphs."""
    if request.param == "cuda" and not torch.cuda.is_available():
        pytest.skip("no GPU here")
    if request.param == "cpu":
        still = SimpleNamespace(wait_stream=lambda other: None)
        for name in ("device", "stream", "graph"):
            monkeypatch.setattr(torch.cuda, name, nullcontext)
        for name in ("Stream", "current_stream"):
            monkeypatch.setattr(torch.cuda, name, lambda: still)
        monkeypatch.setattr(torch.cuda, "CUDAGraph", StandIn)
    return torch.ones(3, device=request.param), torch.full((3,), 2.0, device=request.param)


def captured(*example: torch.Tensor) -> Captured:
    found = Captured(sums, *example)
    if isinstance(found.graph, StandIn):
        found.graph.recorded = found
    return found


def test_it_gives_what_the_function_gives_for_other_values_too(example: tuple[torch.Tensor, torch.Tensor]) -> None:
    graph = captured(*example)
    for factor in (1, 5, -2):
        given = [factor * tensor for tensor in example]
        for found, wanted in zip(graph(*given), sums(*given), strict=True):
            assert torch.equal(found, wanted)


def test_an_answer_stays_when_it_is_asked_again_and_the_example_too(
    example: tuple[torch.Tensor, torch.Tensor],
) -> None:
    graph = captured(*example)
    first = graph(*example)
    before = [answer.clone() for answer in first]
    graph(*(7 * tensor for tensor in example))
    assert all(torch.equal(answer, kept) for answer, kept in zip(first, before, strict=True))
    assert example[0].tolist() == [1, 1, 1]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
def test_a_function_that_asks_the_device_for_something_is_an_error() -> None:
    with pytest.raises(RuntimeError):
        Captured(lambda x: [x * float(x.sum())], torch.ones(3, device="cuda"))
