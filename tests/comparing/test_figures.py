"""Figures and the table of starts say what the comparison holds, as JSON and CSV take it."""

from __future__ import annotations

import csv
import io
import json
import math

import pytest

from phasekit import Comparison, compare
from phasekit.comparing.figures import figures_of, finite, reasons, seeds_table

from .. import bad_solvers
from .contests import SIMULATION, SOLVERS


def test_the_ranking_and_all_figures_are_the_same_in_any_order(compared: Comparison) -> None:
    turned = dict(reversed(SOLVERS.items()))
    other = compare(SIMULATION, turned, seeds=6, batch=3, goals={"chi2": 0.05}, held_out=0.05)
    assert other.ranking() == compared.ranking()
    one, two = (figures_of(c)["pooled"]["solvers"] for c in (compared, other))
    for solver in SOLVERS:
        for told in (one[solver], two[solver]):
            told.pop("seconds_per_start")
            told["goals"]["chi2"].pop("median_seconds")
        assert one[solver] == two[solver]


@pytest.fixture(scope="module")
def failing() -> Comparison:
    """Return a comparison with a solver that fails, and one that refuses."""
    bad = {"nothing": bad_solvers.GivesNothing(), "refuses": bad_solvers.Refuses()}
    return compare(SIMULATION, {"er": SOLVERS["er"], **bad}, seeds=3)


def test_the_table_has_a_line_for_every_start_with_all_its_digits(compared: Comparison) -> None:
    rows = list(csv.DictReader(io.StringIO(seeds_table(compared))))
    assert len(rows) == 3 * 6
    for row in rows:
        entry = compared.entry(row["problem"], row["solver"])
        at = entry.seeds.index(int(row["seed"]))
        assert float(row["steps"]) == float(entry.steps[at])
        for name in compared.metrics():
            assert float(row[name]) == pytest.approx(float(entry.final[name][at]), rel=1e-8)
        assert row["failed"] == ""


def test_the_table_says_why_a_start_failed_and_why_a_solver_was_not_run(failing: Comparison) -> None:
    rows = [row for row in csv.DictReader(io.StringIO(seeds_table(failing))) if row["solver"] != "er"]
    assert [(row["seed"], row["failed"]) for row in rows] == [
        *((str(seed), "its object is not a number") for seed in range(3)),
        ("", "refuses takes nothing at all"),
    ]


def test_figures_are_json_without_nan_and_tell_each_reason_once(failing: Comparison) -> None:
    told = json.loads(json.dumps(figures_of(failing), allow_nan=False))
    solvers = told["pooled"]["solvers"]
    assert {name: (solvers[name]["starts"], solvers[name]["failed"]) for name in solvers} == {
        "er": (3, 0),
        "nothing": (3, 3),
        "refuses": (0, 0),
    }
    assert solvers["nothing"]["reasons"] == ["its object is not a number"]
    assert reasons(failing.entries) == ["its object is not a number", "refuses takes nothing at all"]
    pairs = [row["solvers"] for row in told["problems"]["problem"]["p_values"]]
    assert pairs == [["er", "nothing"], ["er", "refuses"], ["nothing", "refuses"]]


def test_what_is_not_finite_is_null() -> None:
    told = {"a": 1.5, "b": math.nan, "c": math.inf, "d": 3, "e": "nan"}
    assert finite(told) == {"a": 1.5, "b": None, "c": None, "d": 3, "e": "nan"}
