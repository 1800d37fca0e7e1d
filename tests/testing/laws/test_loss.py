"""Every law of losses catches a loss that breaks it, and lets a good one through."""

from __future__ import annotations

from typing import Literal

import pytest
import torch
from torch import Tensor

from phasekit import Loss, Problem, fourier
from phasekit.testing.laws import loss as laws
from phasekit.testing.problems import truth_of
from phasekit.testing.verdict import Law, LawBroken, LawWaived


class Good(Loss):
    """The mean squared deviation of the amplitudes."""

    name: Literal["good"] = "good"

    def __call__(self, problem: Problem, object: Tensor, amplitude: Tensor) -> Tensor:
        off = torch.where(problem.valid, amplitude - problem.amplitude, 0)
        return off.square().mean(dim=fourier.axes(problem.ndim))


class SumsTheBatch(Good):
    def __call__(self, problem: Problem, object: Tensor, amplitude: Tensor) -> Tensor:
        return super().__call__(problem, object, amplitude).sum()


class ComparesMembers(Good):
    def __call__(self, problem: Problem, object: Tensor, amplitude: Tensor) -> Tensor:
        values = super().__call__(problem, object, amplitude)
        return values + values.mean()


class SteepRoot(Good):
    """√ has no finite slope at zero, where the dark detector and the zero object are."""

    def __call__(self, problem: Problem, object: Tensor, amplitude: Tensor) -> Tensor:
        return super().__call__(problem, object, amplitude).sqrt()


class DividesByTheData(Good):
    def __call__(self, problem: Problem, object: Tensor, amplitude: Tensor) -> Tensor:
        return super().__call__(problem, object, amplitude) / problem.intensity.sum()


class TrustsAll(Good):
    def __call__(self, problem: Problem, object: Tensor, amplitude: Tensor) -> Tensor:
        return (amplitude - problem.amplitude).square().mean(dim=fourier.axes(problem.ndim))


class PredictsEverywhere(Good):
    def __call__(self, problem: Problem, object: Tensor, amplitude: Tensor) -> Tensor:
        values = super().__call__(problem, object, amplitude)
        return values + amplitude.mean(dim=fourier.axes(problem.ndim))


class LikesSmallObjects(Good):
    def __call__(self, problem: Problem, object: Tensor, amplitude: Tensor) -> Tensor:
        return object.abs().square().mean(dim=fourier.axes(problem.ndim))


class SeesThePhase(Good):
    def __call__(self, problem: Problem, object: Tensor, amplitude: Tensor) -> Tensor:
        return (object - truth_of(problem)).abs().square().mean(dim=fourier.axes(problem.ndim))


class SeesThePlace(Good):
    def __call__(self, problem: Problem, object: Tensor, amplitude: Tensor) -> Tensor:
        return (object.abs() - truth_of(problem).abs()).square().mean(dim=fourier.axes(problem.ndim))


class SeesTheTwin(Good):
    """Knows the sum of squares of the object: a shift leaves it, a phase and the twin turn it."""

    def __call__(self, problem: Problem, object: Tensor, amplitude: Tensor) -> Tensor:
        sums = (object.square() * object.abs()).sum(dim=fourier.axes(problem.ndim))
        return super().__call__(problem, object, amplitude) + sums.imag.abs() + sums.imag


TWINS: dict[Law, tuple[type[Good], ...]] = {
    laws.one_number_per_member: (SumsTheBatch, ComparesMembers),
    laws.finite_value_and_gradient: (SteepRoot, DividesByTheData),
    laws.untrusted_voxels_change_nothing: (TrustsAll, PredictsEverywhere),
    laws.least_at_the_truth: (LikesSmallObjects,),
    laws.unchanged_by_symmetry: (SeesThePhase, SeesThePlace, SeesTheTwin),
}
PAIRS = [(law, twin) for law, twins in TWINS.items() for twin in twins]


def test_every_law_of_losses_has_a_broken_twin() -> None:
    assert set(TWINS) == set(laws.LAWS)


@pytest.mark.parametrize(("law", "twin"), PAIRS, ids=lambda value: value.__name__)
def test_a_law_catches_its_broken_twin(law: Law, twin: type[Good]) -> None:
    with pytest.raises(LawBroken):
        law(twin(), "cpu")


@pytest.mark.parametrize("law", TWINS, ids=lambda law: law.__name__)
def test_a_good_loss_keeps_every_law(law: Law) -> None:
    law(Good(), "cpu")


def test_a_loss_that_says_what_it_sees_is_excused() -> None:
    class Waives(SeesThePhase):
        sees_symmetry = "it compares phases as they stand"

    with pytest.raises(LawWaived, match="it compares phases as they stand"):
        laws.unchanged_by_symmetry(Waives(), "cpu")


def test_a_metric_without_a_gradient_is_judged_by_its_value() -> None:
    class Detached(SteepRoot):
        def __call__(self, problem: Problem, object: Tensor, amplitude: Tensor) -> Tensor:
            return super().__call__(problem, object, amplitude).detach()

    laws.finite_value_and_gradient(Detached(), "cpu")
