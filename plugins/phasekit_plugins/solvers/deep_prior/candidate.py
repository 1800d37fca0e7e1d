"""One network of a deep prior during the run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from torch import Tensor

from .state import DeepPriorState

SMOOTH = 0.98
"""Weight of the past in the running mean of the score: about 50 steps, as the minimum is flat and the score noisy."""
SETBACKS = 3
"""How often a network may run into NaN and go back before it fails."""
SLOWER = 0.3
"""Factor on the rate at each setback."""


@dataclass(eq=False)
class Candidate:
    """The state of one network; the fields are those of `DeepPriorState`, for one network."""

    owner: int
    attempt: int
    parameters: dict[str, Tensor]
    """The optimised leaves."""
    best: dict[str, Tensor]
    support: Tensor
    """(*space) bool."""
    best_support: Tensor
    unmeasured: Tensor | None
    best_unmeasured: Tensor | None
    score: float = math.inf
    smoothed: float = math.inf
    best_step: int = 0
    rate: float = 1.0
    setbacks: int = 0
    stopped: bool = False

    @classmethod
    def of(cls, state: DeepPriorState, i: int) -> Candidate:
        """Extract network i from a state, with copies of everything that will be modified."""
        return cls(
            owner=state.owner[i],
            attempt=state.attempt[i],
            parameters={name: value.clone().requires_grad_() for name, value in state.weights[i].items()},
            best={name: value.clone() for name, value in state.best[i].items()},
            support=cast(Tensor, state.supports)[i],
            best_support=cast(Tensor, state.best_supports)[i],
            unmeasured=None if state.unmeasured is None else state.unmeasured[i],
            best_unmeasured=None if state.best_unmeasured is None else state.best_unmeasured[i],
            score=state.score[i],
            smoothed=state.smoothed[i],
            best_step=state.best_step[i],
            rate=state.rate[i],
            setbacks=state.setbacks[i],
            stopped=state.stopped[i],
        )

    @property
    def failed(self) -> bool:
        """Whether it ran into NaN too often before it had any result."""
        return self.setbacks > SETBACKS and self.score == math.inf

    def standing(self) -> tuple[float, int]:
        """Return the key by which the best network of a member is the smallest."""
        return self.score, self.attempt

    def keep(self) -> None:
        """Store the current weights as the best, with what they were judged by."""
        for name, value in self.parameters.items():
            self.best[name].copy_(value.detach())
        self.best_support, self.best_unmeasured = self.support, self.unmeasured

    def note(self, score: float, step: int, *, noisy: bool) -> bool:
        """Record the score of the current weights, smoothed if it is `noisy`; return whether it is the best."""
        past = self.smoothed
        self.smoothed = score if past == math.inf else SMOOTH * past + (1 - SMOOTH) * score
        now = self.smoothed if noisy else score
        if now >= self.score:
            return False
        self.score, self.best_step = now, step
        self.keep()
        return True

    def go_back(self) -> None:
        """Go back to the best weights, with a smaller rate; fail after the third time."""
        for name, value in self.parameters.items():
            value.data.copy_(self.best[name])
        self.support, self.unmeasured = self.best_support, self.best_unmeasured
        self.drop_gradients()
        self.rate *= SLOWER
        self.setbacks += 1
        self.stopped = self.setbacks > SETBACKS

    def begin_anew(self, support: Tensor) -> None:
        """Replace the support: scores under the old one are not comparable."""
        self.support, self.score = support, math.inf

    def drop_gradients(self) -> None:
        """Remove the gradients, so the optimiser does nothing."""
        for value in self.parameters.values():
            value.grad = None


def kept(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Copy weights, so that they never change again."""
    return {name: value.detach().clone() for name, value in weights.items()}
