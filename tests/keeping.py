"""Every state of a training, kept to look at."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from phasekit import Observer
from phasekit.training.train import TrainingCheckpoints
from phasekit.training.trainer import TrainingState


class Keeping(Observer, TrainingCheckpoints):
    """Remembers every state, and can begin from one."""

    def __init__(self, begin: TrainingState | None = None) -> None:
        self.states: list[TrainingState] = []
        self.begin = begin

    def state(self) -> TrainingState | None:
        return self.begin

    def moved(self, state: TrainingState, done: int | None = None) -> None:
        if done is None:  # as what keeps states; as an observer it hears of the same once more
            self.states.append(state)

    def began(self, *_: object) -> None:
        pass


def same(one: Mapping[str, torch.Tensor], other: Mapping[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
