"""Every law of what a solver makes of its data catches a solver that breaks it, and lets a good one through."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from phasekit import Problem, State
from phasekit.core.chain import Chain
from phasekit.testing.laws import solver_data as laws
from phasekit.testing.verdict import Law, LawBroken, LawWaived

from .relaxed import DriftsFromRunToRun, Good

DEVICE = "cpu:0"
"""A second name of the CPU: the law about devices has one to compare with on every machine."""


class Shrinks(Good):
    def step(self, problem: Problem, state: State) -> Tensor:
        return super().step(problem, state).to(torch.complex64)


class LosesAxis(Good):
    def estimate(self, problem: Problem, state: State) -> Tensor:
        return state.object[0]


class TrustsAll(Good):
    """Imposes the measured modulus where nothing was measured."""

    def step(self, problem: Problem, state: State) -> Tensor:
        wave = torch.sgn(problem.geometry.forward(state.object)) * problem.amplitude
        return problem.geometry.adjoint(wave) * state.support


class LooksAtHeldOut(Good):
    def step(self, problem: Problem, state: State) -> Tensor:
        wave = problem.geometry.forward(super().step(problem, state))
        wave = torch.where(problem.held_out, torch.sgn(wave) * problem.hidden.sqrt(), wave)
        return problem.geometry.adjoint(wave) * state.support


class DividesByEnergy(Good):
    def step(self, problem: Problem, state: State) -> Tensor:
        new = super().step(problem, state)
        return new * (problem.intensity.sum() / new.abs().square().sum()).sqrt()


class Fades(Good):
    def step(self, problem: Problem, state: State) -> Tensor:
        return 0.99 * super().step(problem, state)


class Clips(Good):
    def step(self, problem: Problem, state: State) -> Tensor:
        new = super().step(problem, state)
        return torch.polar(new.abs().clamp(max=50), new.angle())


TWINS: dict[Law, tuple[type[Good], ...]] = {
    laws.shapes_and_dtype_are_kept: (Shrinks, LosesAxis),
    laws.untrusted_voxels_change_nothing: (TrustsAll, LooksAtHeldOut),
    laws.no_nan_from_extreme_data: (DividesByEnergy,),
    laws.truth_of_clean_data_stays: (Fades, TrustsAll),
    laws.four_times_the_photons: (Clips,),
    laws.devices_agree: (DriftsFromRunToRun,),
}
PAIRS = [(law, twin) for law, twins in TWINS.items() for twin in twins]


def test_every_law_of_data_has_a_broken_twin() -> None:
    assert set(TWINS) == set(laws.LAWS)


@pytest.mark.parametrize(("law", "twin"), PAIRS, ids=lambda value: value.__name__)
def test_a_law_catches_its_broken_twin(law: Law, twin: type[Good]) -> None:
    with pytest.raises(LawBroken):
        law(twin(), DEVICE)


@pytest.mark.parametrize("law", TWINS, ids=lambda law: law.__name__)
def test_a_good_solver_keeps_every_law(law: Law) -> None:
    law(Good(), DEVICE)


def test_a_promise_is_waived_with_its_reason() -> None:
    class Waives(Fades):
        moves_truth = "it fades on purpose"

    with pytest.raises(LawWaived, match="it fades on purpose"):
        laws.truth_of_clean_data_stays(Waives(), "cpu")


def test_a_solver_of_solvers_waives_what_those_inside_waive() -> None:
    class Waives(Fades):
        moves_truth = "it fades on purpose"

    with pytest.raises(LawWaived, match="it fades on purpose"):
        laws.truth_of_clean_data_stays(Chain(solvers=(Good(), Chain(solvers=(Waives(),)))), "cpu")
    with pytest.raises(LawBroken, match="left the truth"):
        laws.truth_of_clean_data_stays(Chain(solvers=(Good(), Fades())), "cpu")
