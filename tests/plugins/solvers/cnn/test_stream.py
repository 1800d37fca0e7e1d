"""Many patterns at once, and the graphs that a GPU keeps for them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from phasekit import solve
from phasekit.training.object_error import nearer
from phasekit.training.trained import trained_network
from phasekit_plugins.solvers.cnn import stream
from phasekit_plugins.solvers.cnn.captured import Captured
from phasekit_plugins.solvers.cnn.solver import Cnn

from .simulated import patterns_of, problem_of


def test_a_batch_is_answered_as_each_pattern_alone(weights: Path) -> None:
    problems = [problem_of(seed=seed) for seed in range(3)]
    patterns = patterns_of(*problems)
    cnn = Cnn(weights=weights, fit="reciprocal")
    together = cnn.reconstruct(patterns, batch=2)
    for number, problem in enumerate(problems):
        alone = solve(problem, cnn, seeds=1)
        # A result is turned to the truth, which may be the twin of what the network answered.
        errors, _ = nearer(together.object[number : number + 1], alone.best[None])
        assert float(errors) < 2e-3
        assert float(together.residual[number]) == pytest.approx(float(alone.final["chi2"][0]), rel=1e-2)
    arrays = cnn.reconstruct(patterns.numpy())
    assert torch.allclose(arrays.object, together.object, atol=1e-5)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
def test_a_graph_on_a_gpu_answers_as_the_network_does(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    patterns, cnn = patterns_of(*(problem_of(seed=seed) for seed in range(4))), Cnn(weights=weights)
    stream._graphs.clear()
    captured = cnn.reconstruct(patterns, batch=2, device="cuda")
    assert [type(graph) for graphs in stream._graphs.values() for graph in graphs.values()] == [Captured]
    stream._graphs.clear()
    monkeypatch.setattr(stream, "Captured", _refuse)
    asked = cnn.reconstruct(patterns, batch=2, device="cuda")
    assert torch.allclose(captured.object, asked.object, rtol=1e-4, atol=1e-4 * float(asked.object.abs().max()))
    assert torch.equal(captured.outside, asked.outside)


def _refuse(*arguments: object) -> None:
    raise RuntimeError("operation not permitted when stream is capturing")


def _negative(x: torch.Tensor) -> Sequence[torch.Tensor]:
    return [-x]


def test_a_graph_is_captured_once_for_each_shape_and_not_where_it_cannot_be(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = trained_network(weights, torch.device("cpu"), torch.float32)
    made = []

    def captured(answer: stream.Function, *example: torch.Tensor) -> stream.Function:
        made.append(tuple(example[0].shape))
        return answer

    monkeypatch.setattr(stream, "Captured", captured)
    for count in (1, 2, 1, 2):
        example = torch.ones(count, 3)
        (answer,) = stream._captured(network, (count,), _negative, example)(example)
        assert torch.equal(answer, -example)
    assert made == [(1, 3), (2, 3)]
    for count in range(3, 3 + 2 * stream.KEPT):
        stream._captured(network, (count,), _negative, torch.ones(count, 3))
    assert len(stream._graphs[network]) == stream.KEPT
    monkeypatch.setattr(stream, "Captured", _refuse)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: None)
    assert stream._captured(network, ("refused",), _negative, torch.ones(1)) is _negative
