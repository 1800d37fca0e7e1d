"""Trainer: trains a network, from checkpoint to checkpoint; an interruption does not change the result."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from phasekit.runtime.device import synchronize
from phasekit.runtime.errors import RunError
from phasekit.runtime.random import keyed
from phasekit.training.learner import Learner
from phasekit.training.options import Training
from phasekit.training.processes import Processes
from phasekit.training.samples import Simulator
from phasekit.training.validation import validate
from phasekit.training.weights import Weights

SETBACKS = 3
"""How often training returns to the last checkpoint, with a lower rate, before it fails."""

LOWERED = 0.3
"""Factor of the rate at each setback."""

STRIDE = 50
"""Updates between two states."""


@dataclass(frozen=True)
class Point:
    """One point of the training's curves, at the end of an epoch."""

    epoch: int
    step: int
    seconds: float
    rate: float
    figures: Mapping[str, float]
    """Key -> value: loss, validation loss and the other figures over the validation samples."""


@dataclass(frozen=True, eq=False)
class TrainingState:
    """The complete state of a training, from which it can continue."""

    step: int
    weights: Mapping[str, Tensor]
    average: Mapping[str, Tensor]
    """The running average of the weights, which is validated and saved."""
    moments: Mapping[str, Tensor]
    """State of the optimisers, by "optimiser.key.parameter"."""
    best: Mapping[str, Tensor]
    lowest: float = math.inf
    """The lowest validation loss, that of `best`."""
    best_epoch: int = 0
    factor: float = 1.0
    """Factor of the rate after all setbacks."""
    setbacks: int = 0
    """Number of setbacks."""
    summed: float = 0.0
    """Sum of the losses since the last point, over `count` updates."""
    count: int = 0
    seconds: float = 0.0
    points: tuple[Point, ...] = ()


class Trainer:
    """Updates the weights of one network; starts from a state, and yields states that it does not modify."""

    def __init__(
        self,
        learner: Learner,
        options: Training,
        simulator: Simulator,
        processes: Processes,
        state: TrainingState | None,
    ) -> None:
        self.learner, self.options, self.simulator, self.processes = learner, options, simulator, processes
        self.device = simulator.device
        self.module = learner.untrained(simulator.shape, options.seed).to(self.device)
        self.averaged = learner.untrained(simulator.shape, options.seed).to(self.device)
        if options.compile:
            self.module.compile()
        self.wrapped: nn.Module = DistributedDataParallel(self.module) if processes.count > 1 else self.module
        parameters = [*self.module.parameters()]
        self.optimisers: list[torch.optim.Optimizer] = [
            torch.optim.AdamW(parameters, lr=1e-3, weight_decay=options.weight_decay, fused=True)
        ]
        if options.optimiser == "adam-sgd":
            self.optimisers.append(torch.optim.SGD(parameters, lr=1e-3))
        # The weights and their average are modified in place.
        theirs = self.module.state_dict()
        pairs = [(ours, theirs[name]) for name, ours in self.averaged.state_dict().items()]
        floating = [pair for pair in pairs if pair[0].is_floating_point()]
        self._floating = [ours for ours, _ in floating], [theirs for _, theirs in floating]
        self._whole = [pair for pair in pairs if not pair[0].is_floating_point()]
        self.state = state or self._first()
        self._restore(self.state)

    @property
    def steps(self) -> int:
        """The number of updates of the training."""
        return self.options.epochs * self.options.updates()

    def finished(self) -> bool:
        """Return whether all epochs are done, or patience has ended."""
        return self.state.step >= self.steps or self.out_of_patience()

    def out_of_patience(self) -> bool:
        """Return whether the last `patience` epochs did not lower the validation loss."""
        patience, epoch = self.options.patience, self.state.step // self.options.updates()
        return patience is not None and epoch - self.state.best_epoch >= patience

    def run(self) -> Iterator[TrainingState]:
        """Train to the end; yields a state every `STRIDE` updates and after every epoch, a complete continuation."""
        while not self.finished():
            began = time.perf_counter()
            state = self._stretch()
            before = state.seconds
            state = replace(state, seconds=before + time.perf_counter() - began)
            if state.step % self.options.updates() == 0 and state.count:
                state = replace(self._validated(state), seconds=before + time.perf_counter() - began)
            self.state = state  # only now: a training interrupted during validation must repeat it
            yield state

    # --- some updates ---------------------------------------------------------------------------------------

    def _stretch(self) -> TrainingState:
        """Update the weights until the next state; returns to the last state if a loss is not a number."""
        updates = self.options.updates()
        first = self.state.step
        until = min(first + STRIDE - first % STRIDE, (first // updates + 1) * updates, self.steps)
        summed = torch.zeros((), device=self.device, dtype=torch.float64)
        sound = torch.ones((), device=self.device, dtype=torch.bool)
        for step in range(first, until):
            loss, norm = self._update(step)
            summed += loss
            sound &= norm.isfinite()
        summed = self.processes.mean(summed)
        if not bool(sound) or not math.isfinite(float(summed)):
            return self._gone_back()
        known = self.state
        return replace(self._kept(until), summed=known.summed + float(summed), count=known.count + until - first)

    def _update(self, step: int) -> tuple[Tensor, Tensor]:
        """Train on one batch; returns its loss, and the norm of the gradient."""
        epoch, place = divmod(step, self.options.updates())
        optimiser = self.optimisers[epoch // self.options.turn % len(self.optimisers)]
        for group in optimiser.param_groups:
            group["lr"] = self.rate(step) * self.state.factor
        numbers = self._numbers(epoch, place)
        samples = self.simulator.samples(numbers, epoch)
        self.wrapped.train()
        torch.backends.cudnn.benchmark = True  # all batches have the same shapes
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.options.precision == "mixed"):
            loss = self.learner.loss(self.wrapped, samples, step, self.steps).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
        norm = nn.utils.clip_grad_norm_(self.module.parameters(), self.options.clip or math.inf)
        optimiser.step()
        self._follow(step)
        return loss.detach().double(), norm.detach()

    def timed(self) -> float:
        """Return the seconds of one update, after one to warm up; for an estimate only, since the weights change."""
        self._update(0)
        synchronize(self.device)
        began = time.perf_counter()
        self._update(0)
        synchronize(self.device)
        return time.perf_counter() - began

    def rate(self, step: int) -> float:
        """Return the learning rate at an update, without setbacks."""
        schedule = self.options.rate
        growth = min(1.0, (step + 1) / self.options.warmup) if self.options.warmup else 1.0
        return growth * (schedule if isinstance(schedule, int | float) else schedule.at(step, self.steps))

    def _numbers(self, epoch: int, place: int) -> list[int]:
        """Return this process's samples of one batch."""
        key = (self.options.seed, epoch)
        if getattr(self, "_order_key", None) != key:
            self._order_key = key
            self._order = torch.randperm(self.options.trained(), generator=keyed("order", *key)).tolist()
        whole = self._order[place * self.options.batch : (place + 1) * self.options.batch]
        return whole[self.processes.rank :: self.processes.count]

    def _follow(self, step: int) -> None:
        """Update the running average of the weights, faster at first."""
        decay = min(self.options.average, (step + 1) / (step + 10)) if self.options.average else 0.0
        with torch.no_grad():
            torch._foreach_lerp_(*self._floating, 1 - decay)
            for ours, theirs in self._whole:
                ours.copy_(theirs)

    # --- the state ------------------------------------------------------------------------------------------

    def _first(self) -> TrainingState:
        if self.learner.weights is not None:
            self.module.load_state_dict(dict(Weights.load(self.learner.weights).tensors))
        weights = copied(self.module.state_dict())
        return TrainingState(0, weights, weights, {}, weights)

    def _kept(self, step: int) -> TrainingState:
        return replace(
            self.state,
            step=step,
            weights=copied(self.module.state_dict()),
            average=copied(self.averaged.state_dict()),
            moments=self._moments(),
        )

    def _moments(self) -> dict[str, Tensor]:
        return {
            f"{number}.{key}.{name}": value.detach().clone()
            for number, optimiser in enumerate(self.optimisers)
            for name, parameter in self.module.named_parameters()
            for key, value in optimiser.state.get(parameter, {}).items()
            if isinstance(value, Tensor)
        }

    def _restore(self, state: TrainingState) -> None:
        self.module.load_state_dict(dict(state.weights))
        self.averaged.load_state_dict(dict(state.average))
        parameters = dict(self.module.named_parameters())
        for optimiser in self.optimisers:
            optimiser.state.clear()
        for place, value in state.moments.items():
            number, key, name = place.split(".", 2)
            # A fused Adam counts its steps on the device of the parameters.
            self.optimisers[int(number)].state[parameters[name]][key] = value.clone().to(self.device)

    def _gone_back(self) -> TrainingState:
        """Return to the last state with a lower rate."""
        if self.state.setbacks >= SETBACKS:
            raise RunError(
                f"the loss was not a number {SETBACKS + 1} times, the last time soon after update {self.state.step}, "
                f"though the rate was lowered {SETBACKS} times; lower training.rate, clip the gradient, or check the "
                "data"
            )
        state = replace(self.state, factor=self.state.factor * LOWERED, setbacks=self.state.setbacks + 1)
        self._restore(state)
        return state

    def _validated(self, state: TrainingState) -> TrainingState:
        """Return the state with one more point on its curves, and with the best weights so far."""
        figures = validate(self.learner, self.averaged, self.options, self.simulator, state.step, self.steps)
        figures = {"loss": state.summed / max(state.count, 1), **figures}
        epoch = state.step // self.options.updates()
        point = Point(epoch, state.step, state.seconds, self.rate(state.step - 1) * state.factor, figures)
        better = figures["validation_loss"] < state.lowest
        return replace(
            state,
            points=(*state.points, point),
            summed=0.0,
            count=0,
            best=state.average if better else state.best,
            lowest=figures["validation_loss"] if better else state.lowest,
            best_epoch=epoch if better else state.best_epoch,
        )


def copied(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return independent copies."""
    return {name: value.detach().clone() for name, value in tensors.items()}
