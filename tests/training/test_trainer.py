"""An epoch shows every training sample once, to all processes together, at the rate that the schedule says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch

from phasekit import Generator, Geometry, Learner
from phasekit.training.options import Training
from phasekit.training.processes import Processes
from phasekit.training.samples import Samples, Simulator
from phasekit.training.trainer import Trainer, TrainingState, copied

from .. import toys


def trainer(state: TrainingState | None = None, **training: Any) -> Trainer:
    options = Training.model_validate(toys.recipe(**training)["training"])
    parts = Generator.resolve("superellipsoid"), Geometry.resolve("far-field"), toys.SHAPE, options.augment
    simulator = Simulator(*parts, options.seed, options.samples, torch.device("cpu"), room=2**30)
    return Trainer(Learner.resolve(toys.learner()), options, simulator, Processes(), state)


def shown(made: Trainer, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, list[int]]]:
    """Run a training; returns the lap and the numbers of every batch that it was shown while it trained."""
    batches: list[tuple[int, list[int]]] = []
    honest = made.simulator.samples

    def recorded(numbers: Sequence[int], lap: int) -> Samples:
        if torch.is_grad_enabled():
            batches.append((lap, list(numbers)))
        return honest(numbers, lap)

    monkeypatch.setattr(made.simulator, "samples", recorded)
    list(made.run())
    return batches


def test_every_epoch_shows_the_training_samples_in_an_order_of_its_own_and_none_of_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    batches = shown(trainer(), monkeypatch)
    epochs = [[number for lap, numbers in batches if lap == epoch for number in numbers] for epoch in (0, 1)]
    assert [sorted(epoch) for epoch in epochs] == [list(range(18))] * 2
    assert epochs[0] != epochs[1]
    assert {len(numbers) for _, numbers in batches} == {6}


def test_processes_share_out_the_batch_that_one_alone_would_be_shown() -> None:
    whole, *halves = (trainer() for _ in range(3))
    for rank, half in enumerate(halves):
        half.processes = Processes(rank, count=2)
    for epoch in (0, 1):
        for place in range(3):
            ours, theirs = (half._numbers(epoch, place) for half in halves)
            assert sorted(ours + theirs) == sorted(whole._numbers(epoch, place))
            assert len(ours) == len(theirs) == 3


def test_the_rate_grows_over_the_warmup_and_is_then_that_of_the_schedule() -> None:
    made = trainer(epochs=10, warmup=5, rate={"name": "linear", "start": 0.3, "stop": 0.0})
    assert made.steps == 30
    expected = [min(1, (step + 1) / 5) * 0.3 * (1 - step / 29) for step in range(30)]
    assert [made.rate(step) for step in range(30)] == pytest.approx(expected)


def test_the_average_follows_the_weights_and_is_them_without_a_decay() -> None:
    *_, last = trainer(average=0.0).run()
    assert all(torch.equal(last.average[name], value) for name, value in last.weights.items())
    *_, slow = trainer(average=0.999).run()
    assert any(not torch.equal(slow.average[name], value) for name, value in slow.weights.items())


def test_a_training_that_is_done_or_out_of_patience_yields_nothing_more() -> None:
    *_, last = trainer().run()
    again = trainer(last)
    assert again.finished()
    assert list(again.run()) == []
    patient = trainer(epochs=9, patience=1, rate=0.0)
    states = list(patient.run())
    assert patient.out_of_patience()
    assert len(states[-1].points) == 2


def test_copies_are_not_written_to() -> None:
    tensors = {"weight": torch.ones(3)}
    kept = copied(tensors)
    tensors["weight"] += 1
    assert kept["weight"].tolist() == [1, 1, 1]
