"""The descent of a deep prior: networks that are updated step by step, and where each of them stands."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

from phasekit import InputError, Problem, State, fourier

from ..losses.poisson import half_deviance
from ..losses.sums import per, total
from .deep_prior_state import DeepPriorState
from .networks_of import Networks, Parameters

if TYPE_CHECKING:
    from .deep_prior import DeepPrior

SMOOTH = 0.9
"""Weight of the past in the running mean of the score."""
SETBACKS = 3
"""How often a network may run into NaN and go back before it is given up."""
SLOWER = 0.3
"""Factor on the rate at each setback."""
POINTS = 100
"""Points of the curve that is shown."""


class Descent:
    """All networks of one batch on their way; made anew from a state, and gives states that it never writes to."""

    def __init__(self, solver: DeepPrior, problem: Problem, start: State) -> None:
        self.solver, self.whole, self.start = solver, problem, start
        self.problem, self.judged = _split(problem, solver.validation)
        self.networks = Networks(solver, self.problem)
        self.at = start if isinstance(start, DeepPriorState) else self._begin(start)
        self.done = self.at.step
        self.parameters = [
            {name: value.clone().requires_grad_() for name, value in weights.items()} for weights in self.at.weights
        ]
        self.best = [{name: value.clone() for name, value in weights.items()} for weights in self.at.best]
        self.score, self.smoothed = list(self.at.score), list(self.at.smoothed)
        self.best_step, self.rate = list(self.at.best_step), list(self.at.rate)
        self.setbacks, self.stopped = list(self.at.setbacks), list(self.at.stopped)
        self.owner, self.attempt = list(self.at.owner), list(self.at.attempt)
        self.unmeasured = None if self.at.unmeasured is None else self.at.unmeasured.clone()
        self.curve = cast(Tensor, self.at.curve).clone()
        self.support = start.support[fourier.inside(self.networks.box)]
        self.measured = torch.where(self.problem.valid, self.problem.amplitude, 0)
        self.data = self._data()
        # On a CPU one by one is quicker, and gives what each alone gives to the last bit.
        self.together = problem.device.type != "cpu"
        self._make_optimisers()
        self._restore(self.at.moments)

    # --- where it stands -----------------------------------------------------------------------------------

    def finished(self) -> bool:
        """Tell whether all steps are done, or every network has stopped."""
        return self.done >= self.solver.steps or all(self.stopped)

    def state(self) -> DeepPriorState:
        """Return a state of its own, from which the run goes on exactly as this one would."""
        object, nuisance = self._objects()
        running = self.start.running() & torch.tensor(
            [any(self.setbacks[i] <= SETBACKS for i in self._of(m)) for m in range(len(self.start.seeds))],
            device=object.device,
        )
        best = [self._leading(member) for member in range(len(self.start.seeds))]
        return replace(
            self.at,
            object=object,
            nuisance=nuisance,
            step=self.done,
            active=None if bool(running.all()) else running,
            owner=tuple(self.owner),
            attempt=tuple(self.attempt),
            weights=tuple({k: v.detach().clone() for k, v in one.items()} for one in self.parameters),
            moments=tuple(self._moments(one) for one in self.parameters),
            best=tuple({k: v.clone() for k, v in one.items()} for one in self.best),
            score=tuple(self.score),
            smoothed=tuple(self.smoothed),
            best_step=tuple(self.best_step),
            rate=tuple(self.rate),
            setbacks=tuple(self.setbacks),
            stopped=tuple(self.stopped),
            unmeasured=None if self.unmeasured is None else self.unmeasured.clone(),
            curve=self.curve.clone(),
            diagnostics={
                self._score_name(): self.curve.clone(),
                "best at step": torch.tensor([self.best_step[i] for i in best]),
                "setbacks": torch.tensor([self.setbacks[i] for i in best]),
            },
        )

    def _score_name(self) -> str:
        return "likelihood of validation voxels" if self.judged is not None else "chi2 of the network"

    def _of(self, member: int) -> list[int]:
        return [i for i, owner in enumerate(self.owner) if owner == member]

    def _leading(self, member: int) -> int:
        """Return which network of a member has the best score."""
        return min(self._of(member), key=lambda i: (self.score[i], self.attempt[i]))

    # --- one step ------------------------------------------------------------------------------------------

    def advance(self) -> None:
        """Update the weights of every network that still runs."""
        if len(self.owner) > len(self.start.seeds) and self.done >= self.solver.cull_at * self.solver.steps:
            self._cull()
        step = self.done
        rate = self.at.at(self.solver.rate, step, self.solver.steps)
        turn = self.optimisers[step // self.solver.turn % len(self.optimisers)]
        turn.zero_grad(set_to_none=True)
        for group in turn.param_groups:
            group["lr"] = rate * self.rate[group["network"]]
        running = [i for i, stopped in enumerate(self.stopped) if not stopped]
        for chunk in [running] if self.together else [[i] for i in running]:
            losses, scores = self._losses(chunk, step)
            losses.sum().backward()  # type: ignore[no-untyped-call]
            self._judge(chunk, losses.detach(), scores, step)
        turn.step()
        self.done += 1
        self._note_curve()

    def _losses(self, chunk: list[int], step: int) -> tuple[Tensor, Tensor]:
        """Return loss and score (len(chunk),) of networks."""
        parameters = [self.parameters[i] for i in chunk]
        sigma = self.at.at(self.solver.noise, step, self.solver.steps)
        parts = self.networks.objects(parameters, self._inputs(chunk, sigma, step)) * self._support(chunk)
        if self.at.target is not None and step < self.solver.fit_steps:
            losses = self._from_target(parts, chunk)
            return losses, torch.full_like(losses.detach(), torch.inf)
        amplitude, scale, _ = self._predicted(parts, parameters, chunk)
        self._fill_in(chunk, amplitude)
        object = self._placed(parts * _spread(scale, parts.ndim))
        weights = [self.at.at(loss.weight, step, self.solver.steps) for loss in self.solver.losses]
        losses = torch.zeros(len(chunk), device=parts.device, dtype=torch.float64)
        for loss, weight in zip(self.solver.losses, weights, strict=True):
            if weight:
                losses = losses + weight * loss(self.problem, object, amplitude)
        return losses / (sum(weights) or 1), self._scores(amplitude.detach())

    def _predicted(
        self, parts: Tensor, parameters: list[dict[str, Tensor]], chunk: list[int]
    ) -> tuple[Tensor, Tensor, Mapping[str, Tensor]]:
        """Return predicted amplitude (n, *detector), scale (n,) and the nuisance behind them."""
        ndim = self.problem.ndim
        given = {name: value[[self.owner[i] for i in chunk]] for name, value in self.at.given.items()}
        nuisance = {**given, **self.networks.nuisance(parameters)}
        wave = {name: value for name, value in nuisance.items() if name != "background"}
        amplitude = self.problem.predict(parts, wave, self.networks.box)
        if "background" in nuisance:
            intensity = amplitude.square()
            flat = nuisance["background"] * intensity.mean(dim=fourier.axes(ndim))
            nuisance["background"] = flat
            amplitude = (intensity + _spread(flat, ndim + 1)).sqrt()
        trusted = torch.where(self.problem.valid, amplitude, 0)
        overlap = total(trusted * self.measured, ndim)
        scale = per(overlap, total(trusted.square(), ndim)).to(amplitude.dtype)
        if "background" in nuisance:
            nuisance["background"] = nuisance["background"] * scale.square()
        return amplitude * _spread(scale, ndim + 1), scale, nuisance

    def _scores(self, amplitude: Tensor) -> Tensor:
        """Return χ², or the likelihood of the validation voxels: (n,)."""
        if self.judged is not None:
            return half_deviance(self.whole, amplitude, self.whole.intensity, self.judged)
        ndim = self.problem.ndim
        difference = torch.where(self.problem.valid, amplitude - self.measured, 0)
        return per(total(difference.square(), ndim), total(self.measured.square(), ndim))

    def _from_target(self, parts: Tensor, chunk: list[int]) -> Tensor:
        """Return how far networks are from the object to begin from, any complex factor aside: (n,)."""
        target = cast(Tensor, self.at.target)[[self.owner[i] for i in chunk]][fourier.inside(self.networks.box)]
        axes = fourier.axes(self.problem.ndim)
        overlap = (parts * target.conj()).sum(dim=axes).abs().square()
        sizes = parts.abs().square().sum(dim=axes) * target.abs().square().sum(dim=axes)
        return (1 - per(overlap, sizes)).double()

    def _judge(self, chunk: list[int], losses: Tensor, scores: Tensor, step: int) -> None:
        """Keep the weights of the best score, send back what is not a number, stop who has lost patience."""
        for i, loss, score in zip(chunk, losses.tolist(), scores.tolist(), strict=True):
            gradients = [p.grad for p in self.parameters[i].values() if p.grad is not None]
            if not math.isfinite(loss) or not bool(torch.nn.utils.get_total_norm(gradients).isfinite()):
                self._go_back(i)
                continue
            if score == math.inf:
                continue
            past = self.smoothed[i]
            self.smoothed[i] = score if past == math.inf else SMOOTH * past + (1 - SMOOTH) * score
            now = score if self.judged is None else self.smoothed[i]
            if now < self.score[i]:
                self.score[i], self.best_step[i] = now, step
                for name, value in self.parameters[i].items():
                    self.best[i][name].copy_(value.detach())
            elif self.solver.patience is not None and step - self.best_step[i] >= self.solver.patience:
                self.stopped[i] = True
                self._drop_gradients(i)

    def _go_back(self, i: int) -> None:
        """Take a network back to its best weights, with a smaller rate; give it up after the third time."""
        for name, value in self.parameters[i].items():
            value.data.copy_(self.best[i][name])
            for optimiser in self.optimisers:
                optimiser.state.pop(value, None)
        self._drop_gradients(i)
        self.rate[i] *= SLOWER
        self.setbacks[i] += 1
        self.stopped[i] = self.setbacks[i] > SETBACKS

    def _drop_gradients(self, i: int) -> None:
        for value in self.parameters[i].values():
            value.grad = None

    def _cull(self) -> None:
        """Let only the best try of every member go on."""
        kept = [
            min(self._of(member), key=lambda i: (self.stopped[i], self.smoothed[i], self.attempt[i]))
            for member in range(len(self.start.seeds))
        ]
        moments = tuple(self._moments(self.parameters[i]) for i in kept)
        for name in ("parameters", "best", "score", "smoothed", "best_step", "rate", "setbacks", "stopped"):
            setattr(self, name, [getattr(self, name)[i] for i in kept])
        self.owner, self.attempt = [self.owner[i] for i in kept], [self.attempt[i] for i in kept]
        if self.unmeasured is not None:
            self.unmeasured = self.unmeasured[kept]
        self._make_optimisers()
        self._restore(moments)

    def _note_curve(self) -> None:
        first = (self.done - 1) * POINTS // self.solver.steps
        for member in range(len(self.start.seeds)):
            score = self.smoothed[self._leading(member)]
            if score < math.inf:
                self.curve[member, first:] = score

    # --- what goes in, what comes out ----------------------------------------------------------------------

    def _data(self) -> Tensor:
        """Return the measured amplitudes (1, *detector) as a network reads them: centred, largest 1, untrusted 0."""
        largest = self.measured.max()
        return fourier.centred(per(self.measured, largest), self.problem.ndim)[None]

    def _inputs(self, chunk: list[int], sigma: float, step: int) -> Tensor:
        """Return what goes into networks, with noise of `sigma`: (n, *input_shape)."""
        shape, reads = self.networks.input_shape, self.solver.network.reads
        if reads == "noise":
            inputs = self._drawn(chunk, shape, "code")
            unit: Tensor | float = 1.0
        else:
            inputs = self.data.expand(len(chunk), *shape)
            if self.unmeasured is not None:
                filled = self.measured.expand(len(chunk), *self.problem.detector).flatten(1).clone()
                filled[:, self.problem.untrusted] = self.unmeasured[chunk]
                filled = per(filled.reshape(len(chunk), *self.problem.detector), self.measured.max())
                inputs = fourier.centred(filled, self.problem.ndim)[:, None]
            unit = self.data.std()
        if sigma == 0:
            return inputs
        return inputs + sigma * unit * self._drawn(chunk, shape, "noise", step)

    def _drawn(self, chunk: list[int], shape: tuple[int, ...], purpose: str, step: int = 0) -> Tensor:
        tries = {
            attempt: self.start.draw(torch.randn, shape, f"{purpose} {attempt}", step)
            for attempt in sorted({self.attempt[i] for i in chunk})
        }
        drawn = torch.stack([tries[self.attempt[i]][self.owner[i]] for i in chunk])
        return drawn.to(self.problem.intensity.dtype)

    def _fill_in(self, chunk: list[int], amplitude: Tensor) -> None:
        if self.unmeasured is not None:
            self.unmeasured[chunk] = amplitude.detach().flatten(1)[:, self.problem.untrusted]

    def _support(self, chunk: list[int]) -> Tensor:
        return self.support[[self.owner[i] for i in chunk]]

    def _placed(self, parts: Tensor) -> Tensor:
        """Put (n, *box) into (n, *space)."""
        edges: list[int] = []
        for n, side in zip(self.problem.space, self.networks.box, strict=True):
            edges = [side.start, n - side.stop, *edges]
        return torch.nn.functional.pad(parts, edges)

    def _objects(self) -> tuple[Tensor, Mapping[str, Tensor]]:
        """Return (*batch, *space) complex, what the kept weights of each member's best network give, and nuisance."""
        source: list[dict[str, Tensor]] = self.best if self.solver.keep == "best" else self.parameters
        objects, found = [], []
        with torch.no_grad():
            for member in range(len(self.start.seeds)):
                i = self._leading(member)
                object, nuisance = self._object(i, source[i])
                if not all(bool(value.isfinite().all()) for value in (object, *nuisance.values())):
                    object, nuisance = self._object(i, self.best[i])
                objects.append(object)
                found.append(nuisance)
        joined = {name: torch.stack([one[name] for one in found]) for name in found[0]}
        alive = _spread(self.start.running(), self.start.object.ndim)
        return torch.where(alive, torch.stack(objects), self.at.object), joined

    def _object(self, i: int, parameters: dict[str, Tensor]) -> tuple[Tensor, Mapping[str, Tensor]]:
        """Return (*space) complex, what a network gives without noise at its input, and its nuisance."""
        parts = self.networks.objects([parameters], self._inputs([i], 0.0, 0)) * self._support([i])
        _, scale, nuisance = self._predicted(parts, [parameters], [i])
        return self._placed(parts * _spread(scale, parts.ndim))[0], {name: v[0] for name, v in nuisance.items()}

    # --- beginning, and going on ---------------------------------------------------------------------------

    def _begin(self, start: State) -> DeepPriorState:
        """Return the state before the first step: tries for every member, their weights drawn."""
        solver, members = self.solver, len(start.seeds)
        seeds = start.draw(_whole_numbers, (solver.tries,), "weights").tolist()
        owner = [member for member in range(members) for _ in range(solver.tries)]
        attempt = [t for _ in range(members) for t in range(solver.tries)]
        weights = tuple(self.networks.drawn(seeds[m][t]) for m, t in zip(owner, attempt, strict=True))
        count = len(weights)
        fills = solver.network.reads == "amplitude" and solver.fill == "prediction" and len(self.problem.untrusted) > 0
        like = self.problem.intensity
        running = start.running().tolist()
        return DeepPriorState(
            **{field.name: getattr(start, field.name) for field in fields(State)},
            owner=tuple(owner),
            attempt=tuple(attempt),
            weights=weights,
            moments=({},) * count,
            best=weights,
            score=(math.inf,) * count,
            smoothed=(math.inf,) * count,
            best_step=(0,) * count,
            rate=(1.0,) * count,
            setbacks=(0,) * count,
            stopped=tuple(not running[m] for m in owner),
            unmeasured=like.new_zeros(count, len(self.problem.untrusted)) if fills else None,
            target=start.object.clone() if solver.begin == "object" else None,
            curve=like.new_zeros(members, POINTS),
            given=self._given(start),
        )

    def _given(self, start: State) -> dict[str, Tensor]:
        given = {name: value for name, value in start.nuisance.items() if name not in self.solver.nuisance}
        if "background" in given:
            mean = self.problem.intensity.mean()
            given["background"] = per(given["background"], (mean - given["background"]).clamp(min=0))
        return given

    def _make_optimisers(self) -> None:
        """Make one optimiser for all networks, each a group of its own: elementwise, so none sees another."""
        groups = [{"params": [*one.values()], "network": i} for i, one in enumerate(self.parameters)]
        self.adam = torch.optim.Adam([dict(group) for group in groups], lr=1e-3, fused=True)
        self.optimisers: list[torch.optim.Optimizer] = [self.adam]
        if self.solver.optimiser == "adam-sgd":
            self.optimisers.append(torch.optim.SGD([dict(group) for group in groups], lr=1e-3))

    def _moments(self, parameters: Parameters) -> dict[str, Tensor]:
        """Copy what the optimiser remembers of the parameters of one network."""
        return {
            f"{key}.{name}": value.clone()
            for name, parameter in parameters.items()
            for key, value in self.adam.state.get(parameter, {}).items()
        }

    def _restore(self, moments: tuple[Mapping[str, Tensor], ...]) -> None:
        for parameters, remembered in zip(self.parameters, moments, strict=True):
            for place, value in remembered.items():
                key, _, name = place.partition(".")
                self.adam.state[parameters[name]][key] = value.clone()


def _split(problem: Problem, fraction: float) -> tuple[Problem, Tensor | None]:
    """Hide part of the trusted voxels: the problem without them, and (*detector) bool where they are."""
    if fraction == 0:
        return problem, None
    try:
        split = problem.hold_out(fraction, seed=1)
    except InputError:  # too few are trusted to spare any
        return problem, None
    return split, split.held_out & ~problem.held_out


def _whole_numbers(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    return torch.randint(2**62, shape, generator=generator)


def _spread(values: Tensor, ndim: int) -> Tensor:
    """Give (n,) as many axes of length 1 as make `ndim` in all."""
    return values.reshape(-1, *[1] * (ndim - 1))
