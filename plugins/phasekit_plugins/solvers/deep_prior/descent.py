"""The descent of a deep prior: networks that are updated step by step, and their states."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import cast

import torch
from torch import Tensor

from phasekit import Problem, State, fourier

from ...losses.sums import spread
from .candidate import SETBACKS, Candidate, kept
from .model import PriorModel
from .networks import Parameters
from .options import DeepPriorOptions
from .state import DeepPriorState

POINTS = 100
"""Points of the plotted curve, one for each hundredth of the steps."""


class Descent:
    """All networks of one batch during the run; created from a state, and returns states that it never modifies."""

    def __init__(self, solver: DeepPriorOptions, problem: Problem, start: State) -> None:
        self.solver, self.problem, self.start = solver, problem, start
        self.model = PriorModel(solver, problem, start)
        self.at = start if isinstance(start, DeepPriorState) else self._begin(start)
        self.done = self.at.step
        self.members = range(len(start.seeds))
        self.candidates = [Candidate.of(self.at, i) for i in range(len(self.at.owner))]
        self.curve = cast(Tensor, self.at.curve).clone()
        # On a CPU one by one is faster, and bit for bit the same as each alone.
        self.together = problem.device.type != "cpu"
        self._make_optimisers(self.at.moments)

    # --- where it stands -----------------------------------------------------------------------------------

    def finished(self) -> bool:
        """Return whether all steps are done, or every network has stopped."""
        return self.done >= self.solver.steps or all(one.stopped for one in self.candidates)

    def state(self) -> DeepPriorState:
        """Return a separate state, from which the run continues exactly."""
        networks = self.candidates
        best = [self.leading(member) for member in self.members]
        alive = [not all(one.failed for one in self._of(member)) for member in self.members]
        failed = ~torch.tensor(alive, device=self.problem.device)
        at = replace(self.at, active=self.start.active, reasons=self.start.reasons)
        at = at.failing(failed, "its loss is not a number")
        object, nuisance = self._objects(best)
        return replace(
            at,
            object=object,
            support=torch.stack([one.best_support for one in best]),
            nuisance=nuisance,
            step=self.done,
            owner=tuple(one.owner for one in networks),
            attempt=tuple(one.attempt for one in networks),
            weights=tuple(kept(one.parameters) for one in networks),
            moments=tuple(self._moments(one.parameters) for one in networks),
            best=tuple(kept(one.best) for one in networks),
            score=tuple(one.score for one in networks),
            smoothed=tuple(one.smoothed for one in networks),
            best_step=tuple(one.best_step for one in networks),
            rate=tuple(one.rate for one in networks),
            setbacks=tuple(one.setbacks for one in networks),
            stopped=tuple(one.stopped for one in networks),
            supports=torch.stack([one.support for one in networks]),
            best_supports=torch.stack([one.best_support for one in networks]),
            unmeasured=_stacked([one.unmeasured for one in networks]),
            best_unmeasured=_stacked([one.best_unmeasured for one in networks]),
            curve=self.curve.clone(),
            diagnostics=self._diagnostics(best),
        )

    def _diagnostics(self, best: list[Candidate]) -> dict[str, Tensor]:
        score = "chi2 of the network" if self.model.judged is None else "likelihood of the validation voxels"
        score += ", by per cent of the steps"
        return {
            score: self.curve.clone(),
            "best at step": torch.tensor([one.best_step for one in best]),
            "setbacks": torch.tensor([one.setbacks for one in best]),
        }

    def _of(self, member: int) -> list[Candidate]:
        return [one for one in self.candidates if one.owner == member]

    def leading(self, member: int) -> Candidate:
        """Return which network of a member has the best score."""
        return min(self._of(member), key=Candidate.standing)

    def _objects(self, best: list[Candidate]) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the objects of networks with their kept weights, (*batch, *space) complex, and their nuisance."""
        objects, found = [], []
        for one in best:
            object, nuisance = self._object(one, best=self.solver.keep == "best")
            if not all(bool(value.isfinite().all()) for value in (object, *nuisance.values())):
                object, nuisance = self._object(one, best=True)
            objects.append(object)
            found.append(nuisance)
        joined = {name: torch.stack([one[name] for one in found]) for name in found[0]}
        alive = spread(self.start.running(), self.problem.ndim)
        return torch.where(alive, torch.stack(objects), self.at.object), joined

    def _object(self, one: Candidate, *, best: bool) -> tuple[Tensor, dict[str, Tensor]]:
        """Return a network's object without noise at its input, (*space) complex, and its nuisance."""
        weights: Parameters = one.best if best else one.parameters
        if best:
            one = replace(one, support=one.best_support, unmeasured=one.best_unmeasured)
        with torch.no_grad():
            parts = self.model.parts([one], [weights], self.model.inputs([one]))
            _, scale, nuisance = self.model.predicted(parts, [weights], self._given([one]))
            object = self.model.placed(parts * spread(scale, self.problem.ndim))[0]
        return object, {name: value[0] for name, value in nuisance.items()}

    def _given(self, chosen: list[Candidate]) -> dict[str, Tensor]:
        return {name: value[[one.owner for one in chosen]] for name, value in self.at.given.items()}

    # --- one step ------------------------------------------------------------------------------------------

    def advance(self) -> None:
        """Update the weights of every running network."""
        fitted = 0 if self.at.target is None else self.solver.fit_steps + 1
        if len(self.candidates) > len(self.members) and self.done >= max(
            self.solver.cull_at * self.solver.steps, fitted
        ):
            self._cull()
        self._redraw_supports()
        rate = self.at.at(self.solver.rate, self.done, self.solver.steps)
        turn = self.optimisers[self.done // self.solver.turn % len(self.optimisers)]
        turn.zero_grad(set_to_none=True)
        for group in turn.param_groups:
            group["lr"] = rate * group["candidate"].rate
        running = [one for one in self.candidates if not one.stopped]
        for chosen in [running] if self.together else [[one] for one in running]:
            losses, scores, predicted = self._losses(chosen)
            losses.sum().backward()  # type: ignore[no-untyped-call]  # torch has no type for it
            for one, loss, score, seen in zip(chosen, losses.tolist(), scores.tolist(), predicted, strict=True):
                self._judge(one, loss, score, seen)
        turn.step()
        self.done += 1
        self._note_curve()

    def _losses(self, chosen: list[Candidate]) -> tuple[Tensor, Tensor, list[Tensor | None]]:
        """Return loss and score of networks, (n,) each, and their predictions (*detector).

        While they are fitted to an object the score is NaN and there is no prediction.
        """
        weights = [one.parameters for one in chosen]
        sigma = self.at.at(self.solver.noise, self.done, self.solver.steps)
        parts = self.model.parts(chosen, weights, self.model.inputs(chosen, sigma, self.done))
        if self.at.target is not None and self.done < self.solver.fit_steps:
            losses = self.model.distance(parts, self.at.target[[one.owner for one in chosen]])
            return losses, torch.full_like(losses.detach(), torch.nan), [None] * len(chosen)
        amplitude, scale, _ = self.model.predicted(parts, weights, self._given(chosen))
        losses = self.model.loss(parts, amplitude, scale, self.at, self.done)
        return losses, self.model.scores(amplitude.detach()), [*amplitude.detach()]

    @property
    def problem_seen(self) -> Problem:
        """The problem without its validation voxels."""
        return self.model.problem

    def _judge(self, one: Candidate, loss: float, score: float, predicted: Tensor | None) -> None:
        """Keep the weights of the best score, reset networks with NaN, stop those out of patience."""
        gradients = [value.grad for value in one.parameters.values() if value.grad is not None]
        if not math.isfinite(loss) or not bool(torch.nn.utils.get_total_norm(gradients).isfinite()):
            one.go_back()
            for optimiser in self.optimisers:
                for value in one.parameters.values():
                    optimiser.state.pop(value, None)
            return
        if predicted is None:
            one.keep()
        elif not one.note(score, self.done, noisy=self.model.judged is not None):
            # While only the middle of the data is fitted, the score says little.
            since = max(one.best_step, self.solver.coarse_first * self.solver.steps)
            if self.solver.patience is not None and self.done - since >= self.solver.patience:
                one.stopped = True
                one.drop_gradients()
        if predicted is not None and one.unmeasured is not None:
            one.unmeasured = predicted.flatten()[self.problem_seen.untrusted]

    def _cull(self) -> None:
        """Let only the best try of every member continue."""
        best = [self.leading(member) for member in self.members]
        moments = tuple(self._moments(one.parameters) for one in best)
        self.candidates = best
        self._make_optimisers(moments)

    def _redraw_supports(self) -> None:
        """Let the gate, if there is one, redraw the support of every running network."""
        gate, period, (lap, laps) = self.solver.gate, self.solver.gate_period, self.at.span
        now = lap * self.solver.steps + self.done
        first, last = (round(part * laps * self.solver.steps) for part in self.solver.gate_between)
        if gate is None or self.done == 0 or now % period or not first <= now <= last:
            return
        times = range(-(-first // period), last // period + 1)
        span = (max(now // period - times.start, 0), max(len(times), 1))
        for one in self.candidates:
            if not one.stopped:
                object, nuisance = self._object(one, best=False)
                begin = State(
                    object=object[None],
                    support=one.support[None],
                    seeds=(self.start.seeds[one.owner],),
                    span=span,
                    place=self.start.place,
                    nuisance={name: value[None] for name, value in nuisance.items()},
                )
                *_, redrawn = begin, *gate.run(self.problem_seen, begin)
                one.begin_anew(redrawn.support[0])

    def _note_curve(self) -> None:
        first = (self.done - 1) * POINTS // self.solver.steps
        for member in self.members:
            score = self.leading(member).smoothed
            if score < math.inf:
                self.curve[member, first:] = score

    # --- beginning, and going on ---------------------------------------------------------------------------

    def _begin(self, start: State) -> DeepPriorState:
        """Return the state before the first step: tries for every member, their weights drawn."""
        solver, members = self.solver, range(len(start.seeds))
        seeds = start.draw(_whole_numbers, (solver.tries,), "weights").tolist()
        pairs = [(member, attempt) for member in members for attempt in range(solver.tries)]
        weights = tuple(self.model.networks.drawn(seeds[member][attempt]) for member, attempt in pairs)
        count, unknown = len(pairs), len(self.problem_seen.untrusted)
        fills = solver.network.reads == "amplitude" and solver.fill == "prediction" and unknown > 0
        like = self.problem.intensity
        empty = ~start.support[fourier.inside(self.model.networks.box)].flatten(1).any(dim=1)
        stopped, lost = (~start.running() | empty).tolist(), empty.tolist()
        supports = start.support[[member for member, _ in pairs]]
        filling = like.new_zeros(count, unknown) if fills else None
        return DeepPriorState(
            **{field.name: getattr(start, field.name) for field in fields(State)},
            owner=tuple(member for member, _ in pairs),
            attempt=tuple(attempt for _, attempt in pairs),
            weights=weights,
            moments=({},) * count,
            best=weights,
            score=(math.inf,) * count,
            smoothed=(math.inf,) * count,
            best_step=(0,) * count,
            rate=(1.0,) * count,
            # A support outside the networks' box leaves nothing to find.
            setbacks=tuple((SETBACKS + 1) * lost[member] for member, _ in pairs),
            stopped=tuple(stopped[member] for member, _ in pairs),
            supports=supports,
            best_supports=supports,
            unmeasured=filling,
            best_unmeasured=filling,
            target=start.object.clone() if solver.begin == "object" else None,
            curve=like.new_zeros(len(members), POINTS),
            given=self.model.given(start),
        )

    def _make_optimisers(self, moments: tuple[Mapping[str, Tensor], ...]) -> None:
        """Create one optimiser for all networks, each its own group: it is elementwise, so they stay independent."""

        def groups() -> list[dict[str, object]]:
            return [{"params": [*one.parameters.values()], "candidate": one} for one in self.candidates]

        self.adam = torch.optim.Adam(groups(), lr=1e-3, fused=True)
        self.optimisers: list[torch.optim.Optimizer] = [self.adam]
        if self.solver.optimiser == "adam-sgd":
            self.optimisers.append(torch.optim.SGD(groups(), lr=1e-3))
        for one, remembered in zip(self.candidates, moments, strict=True):
            for place, value in remembered.items():
                key, _, name = place.partition(".")
                self.adam.state[one.parameters[name]][key] = value.clone()

    def _moments(self, parameters: Parameters) -> dict[str, Tensor]:
        """Copy the optimiser's moments for the parameters of one network."""
        return {
            f"{key}.{name}": value.clone()
            for name, parameter in parameters.items()
            for key, value in self.adam.state.get(parameter, {}).items()
        }


def _stacked(found: list[Tensor | None]) -> Tensor | None:
    there = [one for one in found if one is not None]
    return torch.stack(there) if there else None


def _whole_numbers(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    return torch.randint(2**62, shape, generator=generator)
