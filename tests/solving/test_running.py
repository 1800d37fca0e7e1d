"""A batch runs from its first step to its last, is measured on its way, and each start that fails says why."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import pytest
import torch

from phasekit import Observer, Problem, Solver, State, solve
from phasekit.core.result import BatchOutcome
from phasekit.core.solver import SolverLike
from phasekit.solving.job import Checkpoints, Progress
from phasekit.solving.running import run_batch

from .jobs import CHAIN, PROBLEM, Doomed, prepared


class Narrow(Solver):
    """Leaves odd seeds a support of one voxel."""

    name: Literal["narrow"] = "narrow"

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Yield the state with its supports."""
        if start.step < 1:
            support = start.support.clone()
            for member, seed in enumerate(start.seeds):
                if seed % 2:
                    support[member] = False
                    support[member].flatten()[0] = True
            yield start.changed(step=1, support=support)


class Diverging(Solver):
    """Ends with a single NaN for odd seeds, and takes no notice of it."""

    name: Literal["diverging"] = "diverging"

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Yield the state with its NaNs."""
        if start.step < 1:
            object = start.object.clone()
            for member, seed in enumerate(start.seeds):
                object[member].flatten()[0] = math.nan if seed % 2 else 1
            yield start.changed(step=1, object=object, support=torch.ones_like(start.support))


@pytest.mark.parametrize("batch", [1, 3])
def test_a_seed_that_ends_in_nan_has_failed_and_spoils_no_other(batch: int) -> None:
    result = solve(PROBLEM, Diverging(), seeds=3, batch=batch)
    assert result.failed == (1,)
    assert result.seeds[2] == 1
    assert bool(torch.view_as_real(result.object).isfinite().all())
    assert bool(result.final["chi2"][:2].isfinite().all())
    assert all(math.isnan(values[2]) for values in result.final.values())


def test_the_history_tells_every_seed_up_to_its_end() -> None:
    result = solve(PROBLEM, CHAIN, seeds=(6, 5), batch=2)
    for seed in (5, 6):
        rows = [row for row in result.history if row.seed == seed]
        steps = [row.step for row in rows]
        assert steps == sorted(set(steps))
        assert steps[-1] == 31
        final = result.final["chi2"][result.seeds.index(seed)]
        assert rows[-1].metrics["chi2"] == pytest.approx(float(final))
        assert [row.seconds for row in rows] == sorted(row.seconds for row in rows)


def state_of(count: int) -> State:
    object = torch.ones((count, 8, 8), dtype=torch.complex64)
    return State(object=object, support=torch.ones((count, 8, 8), dtype=torch.bool), seeds=tuple(range(count)))


def test_a_member_that_failed_keeps_its_first_reason() -> None:
    first = state_of(3).failing(torch.tensor([False, True, False]), "it was lost")
    both = first.failing(torch.tensor([True, True, False]), "it was lost again")
    assert [both.reason(member) for member in range(3)] == ["it was lost again", "it was lost", None]
    assert both.running().tolist() == [False, False, True]
    assert first.reasons == ("", "it was lost", "")


def test_a_state_without_new_failures_is_returned_as_it_is() -> None:
    state = state_of(2)
    assert state.failing(torch.tensor([False, False]), "nothing") is state
    failed = state.failing(torch.tensor([True, False]), "it was lost")
    assert failed.failing(torch.tensor([True, False]), "it was lost again") is failed


def test_reasons_are_handed_on_from_solver_to_solver_and_to_the_outcome() -> None:
    job = prepared(PROBLEM, [Narrow(), {"name": "shrinkwrap", "threshold": 1, "reference": "rms"}, "er"], seeds=3)
    outcome = run_batch(job, replace(job.plan(), batches=((0, 1, 2),)), 0, Checkpoints(), Observer())
    assert outcome.reasons == ("", "its support vanished", "")
    assert [outcome.reason(member) for member in range(3)] == [None, "its support vanished", None]


def test_a_failure_without_a_reason_is_one_of_a_solver_that_gave_up() -> None:
    """What version 0.1 stored, and solvers that set `active` themselves."""
    state = state_of(2).changed(active=torch.tensor([True, False]))
    assert [state.reason(member) for member in range(2)] == [None, "its solver gave up"]
    old = BatchOutcome((0, 1), state.object, state.support, torch.tensor([False, True]), {}, (), 1.0)
    assert [old.reason(member) for member in range(2)] == ["its solver gave up", None]
    assert solve(PROBLEM, Doomed(), seeds=3).reasons == {1: "its solver gave up"}


@pytest.mark.parametrize("batch", [1, 2, 5])
@pytest.mark.parametrize(
    ("solver", "reason"),
    [
        ([Narrow(), {"name": "shrinkwrap", "threshold": 1, "reference": "rms"}], "its support vanished"),
        (Diverging(), "its object is not a number"),
    ],
)
def test_a_result_tells_why_each_start_failed(solver: SolverLike, reason: str, batch: int) -> None:
    result = solve(PROBLEM, solver, seeds=5, batch=batch)
    assert result.failed == (1, 3)
    assert result.reasons == dict.fromkeys(result.failed, reason)


class Keeping(Checkpoints):
    """Begins where it was told to, and remembers what it is given."""

    def __init__(self, begin: Progress | None = None) -> None:
        self.begin, self.seen = begin, list[Progress]()

    def progress(self, batch: int) -> Progress | None:
        return self.begin

    def moved(self, progress: Progress) -> None:
        self.seen.append(progress)


def test_a_batch_that_goes_on_from_any_state_ends_with_the_same_bits() -> None:
    job = prepared(PROBLEM, CHAIN, seeds=2, batch=2)
    whole, plan = Keeping(), job.plan()
    outcome = run_batch(job, plan, 0, whole, Observer())
    for progress in (whole.seen[0], whole.seen[len(whole.seen) // 2], whole.seen[-1]):
        rest = Keeping(progress)
        again = run_batch(job, plan, 0, rest, Observer())
        assert torch.equal(again.object, outcome.object)
        assert [(row.seed, row.step, row.metrics) for row in again.rows] == [
            (row.seed, row.step, row.metrics) for row in outcome.rows
        ]
