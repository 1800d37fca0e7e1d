"""Every law of how a solver runs catches a solver that breaks it, and lets a good one through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import pytest
import torch
from torch import Tensor

from phasekit import Feedback, Problem, Schedule, State
from phasekit.testing.laws import solver_steps as laws
from phasekit.testing.verdict import Law, LawBroken, LawWaived

from .relaxed import DriftsFromRunToRun, Good

DEVICE = "cpu:0"
"""A second name of the CPU: the law about devices has one to compare with on every machine."""


class UsesTheGlobalGenerator(Good):
    def step(self, problem: Problem, state: State) -> Tensor:
        noise = torch.rand(problem.space, device=problem.device)
        return super().step(problem, state) + noise * state.support


class RewritesTheStart(Good):
    def step(self, problem: Problem, state: State) -> Tensor:
        new = super().step(problem, state)
        return state.object.copy_(new)


class RewritesWhatItYielded(Good):
    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        last = None
        for state in super().run(problem, start, every):
            if last is not None:
                last.support.logical_not_()
            last = state.changed(support=state.support.clone())
            yield last


class RewritesTheProblem(Good):
    def step(self, problem: Problem, state: State) -> Tensor:
        problem.amplitude.mul_(0.99)
        return super().step(problem, state)


class KeepsMomentumToItself(Good):
    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        momentum = torch.zeros_like(start.object)
        for state in super().run(problem, start, every):
            momentum = 0.5 * momentum + state.object
            yield state.changed(diagnostics={"momentum": momentum})


class NeverEnds(Good):
    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        yield from super().run(problem, start, every)
        if start.step == self.steps:
            yield start


class CountsTwice(Good):
    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        for state in super().run(problem, start, every):
            yield state.changed(step=2 * state.step)


class TellsAnotherLength(Good):
    def length(self) -> int:
        return self.steps + 1


class ForgetsTheLast(Good):
    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        for state in super().run(problem, start, every):
            if (state.step - start.step) % every == 0:
                yield state


class MixesOnYield(Good):
    """Does something to the object whenever it yields."""

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        state = start
        while state.step < self.steps:
            steps = min(every, self.steps - state.step)
            object = state.object
            for _ in range(steps):
                object = problem.project(object) * state.support
                state = state.changed(object=object, step=state.step + 1)
            state = state.changed(object=0.5 * state.object)
            yield state


class IgnoresTheSpan(Good):
    def step(self, problem: Problem, state: State) -> Tensor:
        beta = Schedule.resolve(self.beta).at(state.step, self.steps)
        fitted = problem.project(state.object) * state.support
        return beta * fitted + (1 - beta) * state.object * state.support


class MixesMembers(Good):
    def step(self, problem: Problem, state: State) -> Tensor:
        new = super().step(problem, state)
        return 0.9 * new + 0.1 * new.mean(dim=0)


class StepsOtherwise(Feedback):
    name: Literal["steps-otherwise"] = "steps-otherwise"

    def outside(self, state: State) -> tuple[float, float]:
        return 0, 0

    def step(self, problem: Problem, state: State) -> Tensor:
        return 1.1 * super().step(problem, state)


TWINS: dict[Law, tuple[type[Any], ...]] = {
    laws.same_seed_same_answer: (UsesTheGlobalGenerator, DriftsFromRunToRun),
    laws.nothing_given_is_rewritten: (RewritesTheStart, RewritesWhatItYielded, RewritesTheProblem),
    laws.resuming_ends_the_same: (KeepsMomentumToItself, NeverEnds),
    laws.steps_are_counted: (CountsTwice, TellsAnotherLength),
    laws.every_changes_only_the_yields: (ForgetsTheLast, MixesOnYield),
    laws.span_stretches_schedules: (IgnoresTheSpan,),
    laws.batch_gives_what_members_give: (MixesMembers,),
    laws.both_paths_agree: (StepsOtherwise,),
}
PAIRS = [(law, twin) for law, twins in TWINS.items() for twin in twins]


def test_every_law_of_running_has_a_broken_twin() -> None:
    assert set(TWINS) == set(laws.LAWS)


@pytest.mark.parametrize(("law", "twin"), PAIRS, ids=lambda value: value.__name__)
def test_a_law_catches_its_broken_twin(law: Law, twin: type[Any]) -> None:
    with pytest.raises(LawBroken):
        law(twin(), DEVICE)


@pytest.mark.parametrize("law", TWINS, ids=lambda law: law.__name__)
def test_a_good_solver_keeps_every_law(law: Law) -> None:
    law(Good(), DEVICE)


def test_a_solver_that_refuses_the_problem_is_excused_with_its_sentence() -> None:
    class Refuses(Good):
        def refusal(self, problem: Problem) -> str:
            return "only for 5-D data"

    with pytest.raises(LawWaived, match="only for 5-D data"):
        laws.same_seed_same_answer(Refuses(), "cpu")


def test_a_good_solver_that_draws_its_noise_by_key_keeps_the_laws_of_running() -> None:
    class Kicks(Good):
        def step(self, problem: Problem, state: State) -> Tensor:
            noise = state.draw(torch.randn, problem.space, "kick", state.step)
            return super().step(problem, state) + noise * state.support

    for law in laws.LAWS:
        law(Kicks(), "cpu")
