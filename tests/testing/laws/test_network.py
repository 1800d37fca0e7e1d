"""Every law of networks catches a network that breaks it, and lets a good one through."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any, ClassVar, Literal

import pytest
import torch
from torch import Tensor, nn

from phasekit import Network
from phasekit.testing.laws import network as laws
from phasekit.testing.verdict import Law, LawBroken, LawWaived

CALLS = count()


class Layers(nn.Module):
    """Each voxel of the box a weighted sum of a code, through tanh, and a phase the same way."""

    def __init__(self, detector: tuple[int, ...], box: tuple[int, ...]) -> None:
        super().__init__()
        self.detector, self.box = detector, box
        self.first = nn.Linear(5, 6)
        self.second = nn.Linear(6, 2 * torch.Size(box).numel())

    def forward(self, x: Tensor) -> Tensor:
        parts = self.second(torch.tanh(self.first(x))).unflatten(1, (2, *self.box))
        return torch.complex(parts[:, 0], parts[:, 1])


class Good(Network):
    """Two linear layers on a code of five numbers."""

    name: Literal["good"] = "good"
    reads: ClassVar[Literal["amplitude", "noise"]] = "noise"
    made: ClassVar[type[nn.Module]] = Layers

    def build(self, detector: tuple[int, ...], box: tuple[int, ...]) -> nn.Module:
        return self.made(detector, box)

    def input_shape(self, detector: tuple[int, ...], box: tuple[int, ...]) -> tuple[int, ...]:
        return (5,)


def _twin(forward: Callable[..., Any] | None = None, **made: Any) -> type[nn.Module]:
    """Return a network whose module passes by `forward`, or differs by other methods."""
    return type("Twin", (Layers,), made | ({"forward": forward} if forward else {}))


class Real(Good):
    made = _twin(lambda self, x: Layers.forward(self, x).real)


class FillsTheData(Good):
    made = _twin(__init__=lambda self, detector, box: Layers.__init__(self, detector, detector))


class DropsTheBatch(Good):
    made = _twin(lambda self, x: Layers.forward(self, x)[0])


class DividesByZero(Good):
    made = _twin(lambda self, x: Layers.forward(self, x) / (0 * x.sum()))


class ReadsAmplitudesOfTheBox(Good):
    reads = "amplitude"

    def build(self, detector: tuple[int, ...], box: tuple[int, ...]) -> nn.Module:
        return Layers(detector, box)


class DrawsAtDrawing(Good):
    def drawn(self, detector: tuple[int, ...], box: tuple[int, ...], seed: int) -> nn.Module:
        torch.manual_seed(seed)
        return self.build(detector, box)


class IgnoresItsSeed(Good):
    def drawn(self, detector: tuple[int, ...], box: tuple[int, ...], seed: int) -> nn.Module:
        return super().drawn(detector, box, 0)


class CountsItsCalls(Good):
    def drawn(self, detector: tuple[int, ...], box: tuple[int, ...], seed: int) -> nn.Module:
        return super().drawn(detector, box, next(CALLS))


class ReadsTheGlobalSeed(Good):
    def drawn(self, detector: tuple[int, ...], box: tuple[int, ...], seed: int) -> nn.Module:
        return super().drawn(detector, box, seed + torch.initial_seed() % 2**60)


class DropsOut(Good):
    made = _twin(lambda self, x: Layers.forward(self, nn.functional.dropout(x)))


class DrawsInVain(Good):
    made = _twin(lambda self, x: (Layers.forward(self, x), torch.rand(1))[0])


class WritesToItsInput(Good):
    made = _twin(lambda self, x: Layers.forward(self, x.clamp_(max=0)))


class CountsItsPasses(Good):
    def build(self, detector: tuple[int, ...], box: tuple[int, ...]) -> nn.Module:
        module = Layers(detector, box)
        module.register_buffer("passes", torch.zeros(()))
        module.register_forward_hook(lambda module, inputs, output: module.passes.add_(1) and None)
        return module


class ThreeLayers(Layers):
    """Has a third layer that nothing passes."""

    def __init__(self, detector: tuple[int, ...], box: tuple[int, ...]) -> None:
        super().__init__(detector, box)
        self.third = nn.Linear(2, 2)


class UnusedWeights(Good):
    made = ThreeLayers


class NoGradientAtTheStart(Good):
    made = _twin(lambda self, x: Layers.forward(self, x.detach() * 0))


class SteepRoot(Good):
    made = _twin(lambda self, x: Layers.forward(self, x) * (0 * self.first.weight.sum()).abs().sqrt())


class KeepsItsFirstWeights(Good):
    def build(self, detector: tuple[int, ...], box: tuple[int, ...]) -> nn.Module:
        module = Layers(detector, box)
        kept = module.first.weight.detach().clone()
        vars(module.first)["forward"] = lambda x: nn.functional.linear(x, kept)
        return module


class BranchesOnItsWeights(Good):
    made = _twin(lambda self, x: Layers.forward(self, x) * (2 if self.first.bias.sum() > 0 else 1))


class MeanOfTheBatch(Good):
    made = _twin(lambda self, x: Layers.forward(self, x - x.mean(dim=0)))


class FailsForOneVoxel(Good):
    made = _twin(lambda self, x: nn.functional.instance_norm(Layers.forward(self, x).abs()).to(torch.complex64))


class RefusesWithoutAWord(Good):
    def refusal(self, detector: tuple[int, ...], box: tuple[int, ...]) -> str | None:
        return "" if min(box) < 3 else None


class RefusesByYes(Good):
    def refusal(self, detector: tuple[int, ...], box: tuple[int, ...]) -> str | None:
        yes: Any = True
        return yes if len(box) == 3 and 1 in box else None


class SinglePrecision(Good):
    made = _twin(lambda self, x: Layers.forward(self, x).to(torch.complex64))


class RoundsInBetween(Good):
    made = _twin(lambda self, x: Layers.forward(self, x).to(torch.complex64).to(torch.complex128))


class TakesNoDouble(Good):
    made = _twin(lambda self, x: Layers.forward(self, x.float()))


class HalfTheGradient(Good):
    made = _twin(lambda self, x: (Layers.forward(self, x) + Layers.forward(self, x).detach()) / 2)


TWINS: dict[Law, tuple[type[Good], ...]] = {
    laws.complex_objects_in_the_box: (Real, FillsTheData, DropsTheBatch, DividesByZero, ReadsAmplitudesOfTheBox),
    laws.same_seed_same_weights: (DrawsAtDrawing, IgnoresItsSeed, CountsItsCalls, ReadsTheGlobalSeed),
    laws.same_weights_same_object: (DropsOut, DrawsInVain, WritesToItsInput, CountsItsPasses),
    laws.a_gradient_reaches_every_parameter: (UnusedWeights, NoGradientAtTheStart, SteepRoot),
    laws.output_follows_the_weights: (KeepsItsFirstWeights, BranchesOnItsWeights),
    laws.members_do_not_see_each_other: (MeanOfTheBatch,),
    laws.what_is_not_refused_can_be_built: (FailsForOneVoxel, RefusesWithoutAWord, RefusesByYes),
    laws.double_precision_works: (SinglePrecision, RoundsInBetween, TakesNoDouble, HalfTheGradient),
}
PAIRS = [(law, twin) for law, twins in TWINS.items() for twin in twins]


def test_every_law_of_networks_has_a_broken_twin() -> None:
    assert set(TWINS) == set(laws.LAWS)


@pytest.mark.parametrize(("law", "twin"), PAIRS, ids=lambda value: value.__name__)
def test_a_law_catches_its_broken_twin(law: Law, twin: type[Good]) -> None:
    before = torch.random.get_rng_state()
    try:
        with pytest.raises(LawBroken):
            law(twin(), "cpu")
    finally:
        torch.random.set_rng_state(before)


@pytest.mark.parametrize("law", TWINS, ids=lambda law: law.__name__)
def test_a_good_network_keeps_every_law(law: Law) -> None:
    law(Good(), "cpu")


def test_a_dead_parameter_is_reported_by_its_name() -> None:
    with pytest.raises(LawBroken, match=r"third\.weight, third\.bias"):
        laws.a_gradient_reaches_every_parameter(UnusedWeights(), "cpu")


def test_a_network_that_says_why_it_mixes_the_batch_is_excused() -> None:
    class Waives(MeanOfTheBatch):
        mixes_batch = "it takes out what all members share"

    with pytest.raises(LawWaived, match="what all members share"):
        laws.members_do_not_see_each_other(Waives(), "cpu")


@pytest.mark.parametrize("law", [law for law in TWINS if law is not laws.what_is_not_refused_can_be_built])
def test_a_network_that_takes_no_small_data_is_excused_with_its_sentence(law: Law) -> None:
    class Large(Good):
        def refusal(self, detector: tuple[int, ...], box: tuple[int, ...]) -> str | None:
            return "this network is for data of at least 100 voxels per axis"

    with pytest.raises(LawWaived, match="at least 100 voxels"):
        law(Large(), "cpu")


def test_a_network_for_flat_data_alone_is_checked_there() -> None:
    class Flat(Real):
        def refusal(self, detector: tuple[int, ...], box: tuple[int, ...]) -> str | None:
            return "this network is for 2-D data alone" if len(detector) == 3 else None

    with pytest.raises(LawBroken, match="complex"):
        laws.complex_objects_in_the_box(Flat(), "cpu")
