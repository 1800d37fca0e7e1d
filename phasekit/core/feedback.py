"""Feedback: solvers whose step changes only what lies outside the support. You write one pair of numbers; the iteration
is done on the wave, by compiled code, where that is possible.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator

import torch
from torch import Tensor

from phasekit.core.iterative import Iterative
from phasekit.core.problem import Problem
from phasekit.core.solver import Solver
from phasekit.core.state import FromWave, State
from phasekit.numerics import fourier, modulus, wave_iteration
from phasekit.numerics.detector_model import ramp
from phasekit.numerics.wave_iteration import WaveIteration, Weights


class Feedback(Iterative):
    """A solver whose step is Π_m ρ inside the support and u Π_m ρ + v ρ outside; a subclass says u and v.

    Between two looks only the wave F(ρ) is kept, and the iteration costs less than its Fourier transforms; see
    `phasekit.numerics.wave_iteration`. Where that is not possible, `step` is done as written: `plain_reason` says why.
    """

    @abstractmethod
    def outside(self, state: State) -> Weights:
        """Return u and v for the step that follows `state`."""

    def step(self, problem: Problem, state: State) -> Tensor:
        """Return Π_m ρ in S; u Π_m ρ + v ρ outside."""
        u, v = self.outside(state)
        fitted = problem.project(state.object, state.nuisance)
        new, old, inside = fitted.view(-1), state.object.reshape(-1), state.support.reshape(-1)
        for part in modulus.blocks(new.numel(), new.device):  # where() on complex numbers costs more on a CPU
            change = torch.add(old[part], new[part], alpha=(u - 1) / v) if v else (u - 1) * new[part]
            new[part].add_(change.mul_(~inside[part]), alpha=v or 1)
        return fitted

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Repeat the step; see `Solver.run`. Failed members stay unchanged."""
        if plain_reason(problem, start) is not None:
            yield from super().run(problem, start, every)
            return
        state = start
        iteration = WaveIteration(problem.amplitude, problem.valid, start.support)
        running = None if start.active is None else start.active.tolist()
        first = from_wave(problem, start)
        wave = first.wave
        while state.step < self.steps:
            count = min(every, self.steps - state.step)
            weights = [self.outside(state.changed(step=state.step + i)) for i in range(count)]
            wave = wave.clone()  # a yielded state never changes again
            iteration.advance(wave, weights, running)
            object = FromWave(wave, first.centre, first.still, first.which).measured_by(problem.geometry)
            state = state.changed(object=object, step=state.step + count)
            yield state


def plain_reason(problem: Problem, state: State | None = None) -> str | None:
    """Return why steps are done as written, not on the wave by compiled code; None if they are on the wave.

    Without a `state`, whose model may be another reason, it is that of the problem.
    """
    model = [name for name in ("coherence", "background") if state is not None and name in state.nuisance]
    if model:
        return f"the model has {' and '.join(model)}"
    if not problem.geometry.fourier_map:
        return f"the geometry '{problem.geometry.name}' is not one Fourier transform"
    return wave_iteration.refusal(problem.detector, problem.complex_dtype, problem.device)


def from_wave(problem: Problem, state: State) -> FromWave:
    """Return the iterate as its wave, which must not be written to."""
    kept, centre = state.kept("object"), state.nuisance.get("centre")
    if isinstance(kept, FromWave) and _same(kept.centre, centre):
        return kept
    with torch.no_grad():
        wave = problem.wave(state.object, state.nuisance).contiguous()
    failed = ~state.running()
    still = (state.object[failed], failed) if bool(failed.any()) else (None, None)
    return FromWave(wave, centre, *still).measured_by(problem.geometry)


def on_wave(problem: Problem, state: State) -> bool:
    """Return whether `state` keeps the wave of its iterate and compiled code may project it."""
    return isinstance(state.kept("object"), FromWave) and plain_reason(problem, state) is None


def projected(problem: Problem, state: State) -> Tensor:
    """Return Π_s Π_m ρ (*batch, *space), the estimate of solvers whose iterate is not the object."""
    if not on_wave(problem, state):
        return problem.project(state.object, state.nuisance) * state.support
    found = torch.zeros(state.support.shape, dtype=problem.complex_dtype)
    for i, (box, part) in enumerate(projected_boxes(problem, state)):
        found[i][box] = part
    return found


def projected_boxes(problem: Problem, state: State) -> list[tuple[fourier.Box, Tensor]]:
    """Return for each member the box around its support and Π_s Π_m ρ in it, (*box)."""
    iteration = WaveIteration(problem.amplitude, problem.valid, state.support)
    parts = iteration.fitted(from_wave(problem, state).wave)
    found = []
    for i, (box, part) in enumerate(zip(iteration.boxes(), parts, strict=True)):
        part = part * state.support[i][box]
        if (centre := state.nuisance.get("centre")) is not None:
            part = part * ramp(-centre[i], problem.space)[box]
        found.append((box, part))
    return found


def _same(one: Tensor | None, other: Tensor | None) -> bool:
    if one is None or other is None:
        return one is other
    return one is other or bool(torch.equal(one, other))


def iteration_of(solver: Solver, problem: Problem) -> str | None:
    """Return how the steps of `solver` are done, as a word or a reason for run.json; None if none is a `Feedback`.

    Compiled code is loaded by it, or made.
    """
    if not any(isinstance(part, Feedback) for part in solver.parts()):
        return None
    reason = plain_reason(problem)
    return "on the wave" if reason is None else f"step by step: {reason}"
