"""A comparison is put together from what its units left, whatever became of some of them."""

from __future__ import annotations

import math

import pytest
import torch

from phasekit.comparing.assemble import assembled, ensemble_of
from phasekit.comparing.batch_task import run_unit
from phasekit.comparing.ensemble import Ensemble
from phasekit.comparing.gathered import Gathered
from phasekit.comparing.setup import ENSEMBLE, Contest, Pair
from phasekit.core.result import BatchOutcome

from .. import bad_solvers
from .contests import SOLVERS, contest_of

Whole = tuple[Contest, dict[Pair, Gathered]]


@pytest.fixture(scope="module")
def whole() -> Whole:
    """Return a contest of two solvers, two batches of two starts each, and what its units left."""
    contest = contest_of(solvers={name: SOLVERS[name] for name in ("er", "hio")})
    return contest, {pair: _gathered(contest, pair) for pair in contest.pairs()}


def _gathered(contest: Contest, pair: Pair) -> Gathered:
    plan = contest.plan(pair)
    return Gathered(plan, [run_unit(contest, pair, plan, n) for n in range(len(plan.batches))].__getitem__)


def _failing(found: Gathered, failures: dict[int | None, str]) -> Gathered:
    def outcome(number: int) -> BatchOutcome:
        assert number not in failures, "what failed left nothing to read"
        return found.outcome(number)

    return Gathered(found.plan, outcome, failures)


def _same(one: Ensemble | None, other: Ensemble | None) -> bool:
    assert one is not None
    assert other is not None
    return (
        torch.equal(one.best, other.best) and torch.equal(one.mean, other.mean) and one.cuts.keys() == other.cuts.keys()
    )


def test_a_batch_that_failed_takes_its_own_starts_with_it_and_no_other(whole: Whole) -> None:
    contest, gathered = whole
    first, _ = gathered
    sound = assembled(contest, gathered)
    broken = assembled(contest, {**gathered, first: _failing(gathered[first], {1: "it broke"})})
    entry, before = broken.entry("problem", "er"), sound.entry("problem", "er")
    assert entry.failures == {2: "it broke", 3: "it broke"}
    assert entry.seeds == before.seeds == (0, 1, 2, 3)
    for name, values in entry.final.items():
        assert values[:2].tolist() == before.final[name][:2].tolist()
        assert all(math.isnan(value) for value in values[2:])
    assert entry.ensemble is not None
    assert set(entry.ensemble.cuts) == {0, 1}
    assert _same(broken.entry("problem", "hio").ensemble, sound.entry("problem", "hio").ensemble)


def test_a_pair_without_batches_was_not_run_for_the_reason_that_is_known(whole: Whole) -> None:
    contest, gathered = whole
    first, second = gathered
    lost = {first: Gathered(None, gathered[first].outcome, {None: "no memory"}), second: gathered[second]}
    found = assembled(contest, lost)
    assert found.entry("problem", "er").refusal == "no memory"
    assert found.entry("problem", "er").seeds == ()
    assert found.ranking() == ("hio", "er")
    unsaid = assembled(contest, {**lost, first: Gathered(None, gathered[first].outcome)})
    assert unsaid.entry("problem", "er").refusal == "it was not run"


def test_what_starts_say_together_is_the_same_found_out_alone_or_with_all(whole: Whole) -> None:
    contest, gathered = whole
    for pair in gathered:
        alone = ensemble_of(contest, pair, gathered)
        assert _same(alone, assembled(contest, gathered).entry("problem", pair.solver).ensemble)


def test_what_was_found_out_before_is_taken_and_what_failed_is_not_tried_again(whole: Whole) -> None:
    contest, gathered = whole
    first, second = gathered
    known = ensemble_of(contest, second, gathered)
    plan, outcome = gathered[first].plan, gathered[first].outcome
    found = assembled(contest, {**gathered, first: Gathered(plan, outcome, ensemble=known)})
    assert found.entry("problem", "er").ensemble is known
    failed = assembled(contest, {**gathered, first: Gathered(plan, outcome, {ENSEMBLE: "no room"})})
    assert failed.entry("problem", "er").ensemble is None
    assert not failed.entry("problem", "er").failures


def test_where_all_failed_there_is_nothing_together() -> None:
    contest = contest_of(solvers={"nothing": bad_solvers.GivesNothing(), "er": SOLVERS["er"]})
    gathered = {pair: _gathered(contest, pair) for pair in contest.pairs()}
    nothing, er = gathered
    assert ensemble_of(contest, nothing, gathered) is None
    assert ensemble_of(contest, er, gathered) is not None
    entry = assembled(contest, gathered).entry("problem", "nothing")
    assert entry.ensemble is None
    assert entry.failures == dict.fromkeys(range(4), "its object is not a number")
