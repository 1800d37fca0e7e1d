"""Every law of solvers catches a solver that breaks it, and lets a good one through."""

from __future__ import annotations

from itertools import count
from typing import Annotated, Literal

import pytest
import torch
from pydantic import Field

from phasekit import Between, Iterative, Schedule
from phasekit.core.chain import Chain
from phasekit.testing.laws import solver_data, solver_steps
from phasekit.testing.verdict import LawBroken, LawWaived

CALLS = count()


class Good(Iterative):
    """Error reduction, relaxed inside the support."""

    name: Literal["good"] = "good"
    beta: Annotated[Schedule | float, Between(0.1, 1)] = Field(0.9, description="How far to go.")

    def step(self, problem, state):
        beta = state.at(self.beta, state.step, self.steps)
        fitted = problem.project(state.object) * state.support
        return beta * fitted + (1 - beta) * state.object * state.support


class Shrinks(Good):
    def step(self, problem, state):
        return super().step(problem, state).to(torch.complex64)


class LosesAxis(Good):
    def estimate(self, problem, state):
        return state.object[0]


class TrustsAll(Good):
    """Imposes the measured modulus where nothing was measured."""

    def step(self, problem, state):
        wave = torch.sgn(problem.geometry.forward(state.object)) * problem.amplitude
        return problem.geometry.adjoint(wave) * state.support


class LooksAtHeldOut(Good):
    def step(self, problem, state):
        wave = problem.geometry.forward(super().step(problem, state))
        wave = torch.where(problem.held_out, torch.sgn(wave) * problem.hidden.sqrt(), wave)
        return problem.geometry.adjoint(wave) * state.support


class DividesByEnergy(Good):
    def step(self, problem, state):
        new = super().step(problem, state)
        return new * (problem.intensity.sum() / new.abs().square().sum()).sqrt()


class Fades(Good):
    def step(self, problem, state):
        return 0.99 * super().step(problem, state)


class Clips(Good):
    def step(self, problem, state):
        new = super().step(problem, state)
        return torch.polar(new.abs().clamp(max=50), new.angle())


class DriftsFromRunToRun(Good):
    """Stands for a device that computes otherwise: the second run differs from the first."""

    def run(self, problem, start, every=1):
        shift = 10 * next(CALLS)
        yield from super().run(problem, start.changed(object=start.object + shift), every)


class UsesTheGlobalGenerator(Good):
    def step(self, problem, state):
        noise = torch.rand(problem.space, device=problem.device)
        return super().step(problem, state) + noise * state.support


class RewritesTheStart(Good):
    def step(self, problem, state):
        new = super().step(problem, state)
        return state.object.copy_(new)


class RewritesWhatItYielded(Good):
    def run(self, problem, start, every=1):
        last = None
        for state in super().run(problem, start, every):
            if last is not None:
                last.support.logical_not_()
            last = state.changed(support=state.support.clone())
            yield last


class RewritesTheProblem(Good):
    def step(self, problem, state):
        problem.amplitude.mul_(0.99)
        return super().step(problem, state)


class KeepsMomentumToItself(Good):
    def run(self, problem, start, every=1):
        momentum = torch.zeros_like(start.object)
        for state in super().run(problem, start, every):
            momentum = 0.5 * momentum + state.object
            yield state.changed(diagnostics={"momentum": momentum})


class NeverEnds(Good):
    def run(self, problem, start, every=1):
        yield from super().run(problem, start, every)
        if start.step == self.steps:
            yield start


class CountsTwice(Good):
    def run(self, problem, start, every=1):
        for state in super().run(problem, start, every):
            yield state.changed(step=2 * state.step)


class TellsAnotherLength(Good):
    def length(self):
        return self.steps + 1


class ForgetsTheLast(Good):
    def run(self, problem, start, every=1):
        for state in super().run(problem, start, every):
            if (state.step - start.step) % every == 0:
                yield state


class MixesOnYield(Good):
    """Does something to the object whenever it yields."""

    def run(self, problem, start, every=1):
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
    def step(self, problem, state):
        beta = self.beta.at(state.step, self.steps)
        fitted = problem.project(state.object) * state.support
        return beta * fitted + (1 - beta) * state.object * state.support


class MixesMembers(Good):
    def step(self, problem, state):
        new = super().step(problem, state)
        return 0.9 * new + 0.1 * new.mean(dim=0)


TWINS = {
    solver_data.shapes_and_dtype_are_kept: (Shrinks, LosesAxis),
    solver_data.untrusted_voxels_change_nothing: (TrustsAll, LooksAtHeldOut),
    solver_data.no_nan_from_extreme_data: (DividesByEnergy,),
    solver_data.truth_of_clean_data_stays: (Fades, TrustsAll),
    solver_data.four_times_the_photons: (Clips,),
    solver_data.devices_agree: (DriftsFromRunToRun,),
    solver_steps.same_seed_same_answer: (UsesTheGlobalGenerator, DriftsFromRunToRun),
    solver_steps.nothing_given_is_rewritten: (RewritesTheStart, RewritesWhatItYielded, RewritesTheProblem),
    solver_steps.resuming_ends_the_same: (KeepsMomentumToItself, NeverEnds),
    solver_steps.steps_are_counted: (CountsTwice, TellsAnotherLength),
    solver_steps.every_changes_only_the_yields: (ForgetsTheLast, MixesOnYield),
    solver_steps.span_stretches_schedules: (IgnoresTheSpan,),
    solver_steps.batch_gives_what_members_give: (MixesMembers,),
}
# A second name of the CPU: the law about devices has one to compare with on every machine.
PAIRS = [(law, twin, "cpu:0") for law, twins in TWINS.items() for twin in twins]


def test_every_law_of_solvers_has_a_broken_twin() -> None:
    assert set(TWINS) == {*solver_data.LAWS, *solver_steps.LAWS}


@pytest.mark.parametrize(("law", "twin", "device"), PAIRS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_law_catches_its_broken_twin(law, twin, device) -> None:
    with pytest.raises(LawBroken):
        law(twin(), device)


@pytest.mark.parametrize("law", TWINS, ids=lambda law: law.__name__)
def test_a_good_solver_keeps_every_law(law) -> None:
    law(Good(), "cpu:0")


def test_a_promise_is_waived_with_its_reason() -> None:
    class Waives(Fades):
        moves_truth = "it fades on purpose"

    with pytest.raises(LawWaived, match="it fades on purpose"):
        solver_data.truth_of_clean_data_stays(Waives(), "cpu")


def test_a_solver_of_solvers_waives_what_those_inside_waive() -> None:
    class Waives(Fades):
        moves_truth = "it fades on purpose"

    with pytest.raises(LawWaived, match="it fades on purpose"):
        solver_data.truth_of_clean_data_stays(Chain(solvers=(Good(), Chain(solvers=(Waives(),)))), "cpu")
    with pytest.raises(LawBroken, match="left the truth"):
        solver_data.truth_of_clean_data_stays(Chain(solvers=(Good(), Fades())), "cpu")


def test_a_solver_that_refuses_the_problem_is_excused_with_its_sentence() -> None:
    class Refuses(Good):
        def refusal(self, problem):
            return "only for 5-D data"

    with pytest.raises(LawWaived, match="only for 5-D data"):
        solver_steps.same_seed_same_answer(Refuses(), "cpu")


def test_a_good_solver_that_draws_its_noise_by_key_keeps_the_laws_of_running() -> None:
    class Kicks(Good):
        def step(self, problem, state):
            noise = state.draw(torch.randn, problem.space, "kick", state.step)
            return super().step(problem, state) + noise * state.support

    for law in solver_steps.LAWS:
        law(Kicks(), "cpu")
