"""Every law of preparations catches a step that breaks it, and lets a good one through."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Literal

import pytest
import torch

from phasekit import InputError, Measurement, Preparation
from phasekit.testing.laws import preparation as laws
from phasekit.testing.verdict import Law, LawBroken, LawWaived

CALLS = count()


class Good(Preparation):
    """Leaves bright voxels untrusted."""

    name: Literal["good"] = "good"

    def apply(self, measured: Measurement) -> Measurement:
        return measured.untrusting(measured.counts > 1e4).done("good: bright voxels left untrusted")


class WritesToCounts(Good):
    def apply(self, measured: Measurement) -> Measurement:
        measured.counts[measured.counts < 1] = 0
        measured.counts[..., 0] += 1
        return super().apply(measured)


class Silent(Good):
    def apply(self, measured: Measurement) -> Measurement:
        return replace(super().apply(measured), steps=measured.steps)


class ForgetsTheRest(Good):
    def apply(self, measured: Measurement) -> Measurement:
        return replace(super().apply(measured), steps=("good: bright voxels left untrusted",))


class CountsItsCalls(Good):
    def apply(self, measured: Measurement) -> Measurement:
        return replace(super().apply(measured), counts=measured.counts + next(CALLS))


class DividesByZero(Good):
    def apply(self, measured: Measurement) -> Measurement:
        return replace(super().apply(measured), counts=measured.counts / measured.counts)


class Zeroes(Good):
    def apply(self, measured: Measurement) -> Measurement:
        return replace(super().apply(measured), sensitivity=torch.zeros_like(measured.counts))


class CutsCountsOnly(Good):
    def apply(self, measured: Measurement) -> Measurement:
        return replace(super().apply(measured), counts=measured.counts[..., 1:])


class CutsFramesOnly(Good):
    def apply(self, measured: Measurement) -> Measurement:
        kept = super().apply(measured)
        return replace(kept, counts=kept.counts[1:], valid=kept.valid[1:])


class LosesItsPlace(Good):
    def apply(self, measured: Measurement) -> Measurement:
        kept = super().apply(measured)
        return replace(kept, origin=(0.0,), factors=(1,))


class SubtractsTheMeanOfAll(Good):
    def apply(self, measured: Measurement) -> Measurement:
        return replace(super().apply(measured), counts=(measured.counts - measured.counts.mean()).clamp(min=0))


class TrustsByAllCounts(Good):
    def apply(self, measured: Measurement) -> Measurement:
        return super().apply(measured).untrusting(measured.counts > 0.3 * measured.counts.mean())


class TrustsEverything(Good):
    def apply(self, measured: Measurement) -> Measurement:
        return replace(super().apply(measured), valid=torch.ones_like(measured.valid))


class TrustsOneMore(Good):
    def apply(self, measured: Measurement) -> Measurement:
        kept = super().apply(measured)
        return kept if bool(kept.valid.any()) else replace(kept, valid=measured.counts > 0)


class NormalisesByTheTrusted(Good):
    def apply(self, measured: Measurement) -> Measurement:
        kept = super().apply(measured)
        return replace(kept, counts=kept.counts / (kept.counts * kept.valid).max())


class Refuses(Good):
    def apply(self, measured: Measurement) -> Measurement:
        raise InputError("it takes nothing")


TWINS: dict[Law, tuple[type[Good], ...]] = {
    laws.writes_to_nothing: (WritesToCounts,),
    laws.says_what_it_did: (Silent, ForgetsTheRest),
    laws.same_input_same_result: (CountsItsCalls,),
    laws.what_it_returns_fits_together: (*(DividesByZero, Zeroes, CutsCountsOnly, CutsFramesOnly, LosesItsPlace),),
    laws.untrusted_counts_change_nothing: (SubtractsTheMeanOfAll, TrustsByAllCounts),
    laws.trusts_no_more_than_before: (TrustsEverything, TrustsOneMore),
    laws.extremes_give_a_result_or_a_sentence: (NormalisesByTheTrusted,),
}
PAIRS = [(law, twin) for law, twins in TWINS.items() for twin in twins]


def test_every_law_of_preparations_has_a_broken_twin() -> None:
    assert set(TWINS) == set(laws.LAWS)


@pytest.mark.parametrize(("law", "twin"), PAIRS, ids=lambda value: value.__name__)
def test_a_law_catches_its_broken_twin(law: Law, twin: type[Good]) -> None:
    with pytest.raises(LawBroken):
        law(twin(), "cpu")


@pytest.mark.parametrize("law", TWINS, ids=lambda law: law.__name__)
def test_a_good_step_keeps_every_law(law: Law) -> None:
    law(Good(), "cpu")


@pytest.mark.parametrize("law", TWINS, ids=lambda law: law.__name__)
def test_a_step_that_refuses_everything_is_distinguished(law: Law) -> None:
    with pytest.raises(LawWaived, match="it takes nothing"):
        law(Refuses(), "cpu")
