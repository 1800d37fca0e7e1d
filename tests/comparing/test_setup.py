"""What is compared is checked beforehand, and all solvers begin with the same."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch

from phasekit import InputError, compare

from .. import bad_solvers
from .contests import SIMULATION, SOLVERS, contest_of


def test_all_solvers_start_from_the_same_objects() -> None:
    contest = contest_of(seeds=3)
    first, *others = (contest.job(pair).begin((0, 1, 2)) for pair in contest.pairs())
    for other in others:
        assert torch.equal(first.object, other.object)
        assert torch.equal(first.support, other.support)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"solvers": {}}, "solvers: should have at least 1 item, not 0"),
        ({"source": None}, "give the data as source"),
        ({"problems": {"a": SIMULATION}}, "give the data as source"),
        ({"goals": {"chi3": 1}}, "'chi3' is not among the metrics"),
        ({"rank": "chi3"}, "'chi3' is not among the metrics"),
        ({"seeds": {"er": 2}}, "each solver once: er, hio"),
        ({"batch": 0}, "should be greater than or equal to 1, got 0"),
        ({"solvers": {"none": bad_solvers.Refuses()}}, "no solver accepts any of the data"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    given: dict[str, Any] = {
        "source": SIMULATION,
        "solvers": {k: SOLVERS[k] for k in ("er", "hio")},
        "seeds": 2,
    } | changes
    with pytest.raises(InputError, match=sentence):
        compare(**given)


def test_every_solver_meets_every_problem_that_it_takes_in_a_folder_of_its_own() -> None:
    solvers = {"A & B": SOLVERS["er"], "a-b": SOLVERS["hio"], "no": bad_solvers.Refuses()}
    contest = contest_of(problems={"one": SIMULATION, "ONE": {**SIMULATION, "seed": 4}}, solvers=solvers)
    pairs = contest.pairs()
    assert [(pair.problem, pair.solver) for pair in pairs] == [
        (problem, solver) for problem in ("one", "ONE") for solver in ("A & B", "a-b")
    ]
    assert contest.refusals == {
        ("one", "no"): "refuses takes nothing at all",
        ("ONE", "no"): "refuses takes nothing at all",
    }
    assert len({pair.folder.lower() for pair in pairs}) == 4  # of which some file systems see no more
    assert all(re.fullmatch(r"[a-z0-9-]+/[a-z0-9-]+", pair.folder) for pair in pairs)


@pytest.mark.parametrize(
    ("keys", "rank"),
    [
        ({}, "object-error"),
        ({"held_out": 0.1}, "free-poisson"),
        ({"metrics": ["pearson", "chi2"]}, "pearson"),
        ({"rank": "r-factor"}, "r-factor"),
    ],
)
def test_the_truth_ranks_where_it_is_known_unless_something_else_was_asked_for(keys: dict[str, Any], rank: str) -> None:
    assert contest_of(**keys).rank == rank


def test_a_job_has_the_seeds_of_its_solver_and_looks_that_end_on_the_budget() -> None:
    contest = contest_of(seeds={"er": 3, "hio": [7], "raar": [5, 2]}, budget={"steps": 35})
    jobs = {pair.solver: (contest.job(pair).seeds, contest.plan(pair)) for pair in contest.pairs()}
    assert {solver: seeds for solver, (seeds, _) in jobs.items()} == {"er": (0, 1, 2), "hio": (7,), "raar": (5, 2)}
    assert [plan.batches for _, plan in jobs.values()] == [((0, 1), (2,)), ((7,),), ((5, 2),)]
    assert not any(35 % plan.every for _, plan in jobs.values())
