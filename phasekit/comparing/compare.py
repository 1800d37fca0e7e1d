"""Runs a comparison in this process, one batch after the other."""

from __future__ import annotations

from phasekit.comparing.assemble import assembled
from phasekit.comparing.batch_task import Settled, run_unit
from phasekit.comparing.comparison import Comparison
from phasekit.comparing.gathered import Gathered
from phasekit.comparing.setup import Contest, Pair
from phasekit.core.observer import Observer
from phasekit.core.result import BatchOutcome
from phasekit.runtime.errors import said
from phasekit.solving.batches import Plan


def run_contest(contest: Contest, observer: Observer) -> Comparison:
    """Run all batches of all pairs; the result names whatever a solver raises, and the others continue."""
    plans, failures = _plans(contest)
    total = sum(len(plan.batches) for plan in plans.values())
    observer.began(contest, total)
    gathered, done = {}, 0
    for pair in contest.pairs():
        plan = plans.get(pair)
        outcomes: dict[int, BatchOutcome] = {}
        reasons: dict[int | None, str] = {None: failures[pair]} if plan is None else {}
        for number in range(len(plan.batches) if plan else 0):
            assert plan is not None
            try:
                outcomes[number] = run_unit(contest, pair, plan, number)
            except Exception as error:  # a third-party solver may fail in any way
                reasons[number] = said(error)
            done += 1
            observer.moved(Settled(pair, number, reasons.get(number)), done)
        gathered[pair] = Gathered(plan, outcomes.__getitem__, reasons)
    return assembled(contest, gathered)


def _plans(contest: Contest) -> tuple[dict[Pair, Plan], dict[Pair, str]]:
    """Return the batches of every pair, and why choosing them failed for others."""
    plans, failures = {}, {}
    for pair in contest.pairs():
        try:
            plans[pair] = contest.plan(pair)
        except Exception as error:  # a third-party solver may fail in any way
            failures[pair] = said(error)
    return plans, failures
