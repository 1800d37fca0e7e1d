"""Every law of learners catches a learner that breaks it, and lets a good one through."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from phasekit.testing.laws import learner as laws
from phasekit.testing.verdict import Law, LawBroken, LawWaived
from phasekit.training.samples import Samples
from phasekit_plugins.solvers.cnn.solver import Cnn

NETWORK = {"name": "unrolled", "channels": 8, "deep_channels": 8, "stages": 1}


class Detached(Cnn):
    def loss(self, module: nn.Module, samples: Samples, step: int, steps: int) -> Tensor:
        return super().loss(module, samples, step, steps).detach().requires_grad_()


class OneNumber(Cnn):
    def loss(self, module: nn.Module, samples: Samples, step: int, steps: int) -> Tensor:
        return super().loss(module, samples, step, steps).mean()


class Infinite(Cnn):
    def loss(self, module: nn.Module, samples: Samples, step: int, steps: int) -> Tensor:
        return super().loss(module, samples, step, steps) / 0


class LooksEverywhere(Cnn):
    def answers(self, module: nn.Module, amplitude: Tensor, valid: Tensor) -> Tensor:
        return super().answers(module, amplitude, torch.ones_like(valid))


class FillsSpace(Cnn):
    def answers(self, module: nn.Module, amplitude: Tensor, valid: Tensor) -> Tensor:
        return torch.nn.functional.pad(super().answers(module, amplitude, valid), (1, 1))


class MixesItsBatch(Cnn):
    def answers(self, module: nn.Module, amplitude: Tensor, valid: Tensor) -> Tensor:
        found = super().answers(module, amplitude, valid)
        return found + 0.1 * found.mean(dim=0)


class JudgesTogether(Cnn):
    def loss(self, module: nn.Module, samples: Samples, step: int, steps: int) -> Tensor:
        found = super().loss(module, samples, step, steps)
        return found + found.mean()


class KnowsNoScale(Cnn):
    def answers(self, module: nn.Module, amplitude: Tensor, valid: Tensor) -> Tensor:
        found = super().answers(module, amplitude, valid)
        return found / found.abs().amax()


BROKEN: list[tuple[Law, type[Cnn]]] = [
    (laws.loss_teaches_every_weight, Detached),
    (laws.loss_teaches_every_weight, OneNumber),
    (laws.loss_teaches_every_weight, Infinite),
    (laws.answers_see_no_untrusted_voxels, LooksEverywhere),
    (laws.answers_see_no_untrusted_voxels, FillsSpace),
    (laws.answers_do_not_depend_on_company, MixesItsBatch),
    (laws.answers_do_not_depend_on_company, JudgesTogether),
    (laws.answers_are_at_the_scale_of_the_data, KnowsNoScale),
]


@pytest.mark.parametrize("law", laws.LAWS)
def test_a_good_learner_keeps_the_law(law: Law) -> None:
    law(Cnn.model_validate({"network": NETWORK}), "cpu")


@pytest.mark.parametrize(("law", "twin"), BROKEN)
def test_the_law_catches_its_twin(law: Law, twin: type[Cnn]) -> None:
    with pytest.raises(LawBroken):
        law(twin.model_validate({"network": NETWORK}), "cpu")


def test_every_law_has_a_twin() -> None:
    assert {law for law, _ in BROKEN} == set(laws.LAWS)


def test_a_network_that_takes_no_small_array_waives_the_laws() -> None:
    deep = {"name": "paper", "channels": [2] * 8}
    with pytest.raises(LawWaived, match="takes none of the small arrays"):
        laws.loss_teaches_every_weight(Cnn.model_validate({"network": deep}), "cpu")
