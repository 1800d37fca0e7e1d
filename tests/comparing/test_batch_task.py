"""A unit is a batch that is run as it would be alone, or read back; what a solver must not give ends it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest
import torch

from phasekit import Observer, Problem, RunError, Solver, State
from phasekit.comparing.batch_task import Unit, checked, run_unit
from phasekit.comparing.setup import ENSEMBLE
from phasekit.core.result import BatchOutcome
from phasekit.solving.job import Checkpoints
from phasekit.solving.running import run_batch

from .. import bad_solvers
from .contests import SOLVERS, contest_of


class Still(Solver):
    """Makes no step."""

    name: Literal["still"] = "still"

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Yield nothing."""
        return iter(())


class Finished(Checkpoints):
    """Holds an outcome."""

    def __init__(self, kept: BatchOutcome) -> None:
        self.kept = kept

    def outcome(self, batch: int) -> BatchOutcome | None:
        return self.kept


def test_a_unit_is_the_batch_run_alone() -> None:
    contest = contest_of(solvers={"hio": SOLVERS["hio"]})
    (pair,) = contest.pairs()
    plan = contest.plan(pair)
    found = run_unit(contest, pair, plan, 1)
    alone = run_batch(contest.job(pair), plan, 1, Checkpoints(), Observer())
    assert found.seeds == (2, 3)
    assert torch.equal(found.object, alone.object)
    assert [row.metrics for row in found.rows] == [row.metrics for row in alone.rows]


def test_an_outcome_that_is_kept_is_taken_without_a_step() -> None:
    contest = contest_of(solvers={"raises": bad_solvers.Raises()})
    (pair,) = contest.pairs()
    object = torch.zeros((2, 20, 18), dtype=torch.complex64)
    kept = BatchOutcome((0, 1), object, object.real > 0, torch.tensor([True, True]), {}, (), 1.0)
    plan = contest_of(solvers={"er": SOLVERS["er"]}).plan(pair.__class__("problem", "er", ""))
    assert run_unit(contest, pair, plan, 0, Finished(kept)) is kept
    with pytest.raises(ZeroDivisionError):
        run_unit(contest, pair, plan, 0)


def test_an_estimate_of_another_shape_ends_the_unit_and_a_solver_without_a_step_does_not() -> None:
    contest = contest_of(solvers={"shape": bad_solvers.WrongShape(), "still": Still()})
    wrong, still = contest.pairs()
    with pytest.raises(RunError, match=r"its estimate has shape \(2, 20, 17\), but \(2, 20, 18\) is needed"):
        checked(contest.job(wrong), (0, 1))
    checked(contest.job(still), (0, 1))


def test_a_unit_says_what_it_is() -> None:
    assert [str(Unit(0, number)) for number in (None, 0, 3, ENSEMBLE)] == [
        *("its batches", "batch 0", "batch 3", "its starts together")
    ]
