"""A comparison ranks by the solvers' own values, pools problems, and tells chance from difference."""

from __future__ import annotations

import dataclasses

import numpy as np

from phasekit import Comparison, compare
from phasekit.comparing.figures import figures_of
from phasekit.core.solver import SolverLike

from .contests import SIMULATION, SOLVERS


def test_a_solver_compared_with_itself_is_seldom_called_different() -> None:
    solver: SolverLike = [{"name": "hio", "steps": 12}, {"name": "er", "steps": 4}]
    called = 0
    for repetition in range(20):
        seeds = {"one": [20 * repetition + i for i in range(10)], "two": [20 * repetition + 10 + i for i in range(10)]}
        found = compare(SIMULATION, {"one": solver, "two": solver}, seeds=seeds, metrics=["chi2"], batch=10)
        called += found.difference("one", "two") < 0.05
    assert called <= 2


def test_several_problems_are_separate_and_pooled() -> None:
    problems = {"first": SIMULATION, "second": {**SIMULATION, "seed": 4, "shape": [16, 16]}}
    found = compare(problems=problems, solvers=SOLVERS, seeds=2)
    assert [entry.problem for entry in found.entries] == ["first"] * 3 + ["second"] * 3
    assert len(found.values("er", "chi2")) == 4
    assert found.values("er", "chi2", "second") == found.values("er", "chi2")[2:]
    assert set(figures_of(found)["problems"]) == {"first", "second"}


def test_a_goal_is_reached_when_the_metric_first_is_there(compared: Comparison) -> None:
    for entry in compared.entries:
        times = entry.reached("chi2", 0.05)
        for seed, time in zip(entry.seeds, times, strict=True):
            steps = [row.step for row in entry.rows if row.seed == seed and row.metrics["chi2"] <= 0.05]
            assert (time is None) == (not steps)
            assert time is None or time[0] == min(steps)


def test_the_share_of_starts_that_reach_a_goal_counts_those_that_failed(compared: Comparison) -> None:
    for solver in SOLVERS:
        values = compared.values(solver, "chi2")
        hits, tries, (low, high) = compared.success(solver, "chi2")
        assert tries == len(values) == 6
        assert hits >= sum(value <= 0.05 for value in values)
        assert low <= hits / tries <= high + 1e-12
        lost = dataclasses.replace(compared.entry("problem", solver), failures=dict.fromkeys(range(6), "it was lost"))
        assert dataclasses.replace(compared, entries=(lost,)).success(solver, "chi2")[:2] == (0, 6)


def test_solvers_are_ranked_by_their_medians_and_those_without_a_start_come_last(compared: Comparison) -> None:
    medians = {solver: float(np.median(compared.values(solver, "free-poisson"))) for solver in SOLVERS}
    assert list(compared.ranking()) == sorted(SOLVERS, key=lambda solver: medians[solver])
    first = compared.ranking()[0]
    left = tuple(entry for entry in compared.entries if entry.solver != first)
    assert dataclasses.replace(compared, entries=left).ranking() == (*compared.ranking()[1:], first)
