"""A comparison is fair: the same starts and budget for all, figures that depend on a solver's own starts alone."""

from __future__ import annotations

from phasekit import Comparison, Problem, Solver, compare
from phasekit.comparing.figures import seeds_table
from phasekit.testing import reference_problem

from .. import bad_solvers
from .contests import SIMULATION, SOLVERS


def test_every_solver_is_measured_on_the_same_seeds_and_metrics(compared: Comparison) -> None:
    assert {entry.seeds for entry in compared.entries} == {(0, 1, 2, 3, 4, 5)}
    assert {"chi2", "pearson", "r-factor", "object-error", "free-poisson"} == set(compared.metrics())
    assert compared.contest.rank == "free-poisson"
    for entry in compared.entries:
        assert entry.steps.tolist() == [40.0] * 6
        assert all(bool(values.isfinite().all()) for values in entry.final.values())


def test_a_figure_is_what_the_solver_alone_would_have(compared: Comparison) -> None:
    alone = compare(SIMULATION, {"hio": SOLVERS["hio"]}, seeds=6, batch=3, goals={"chi2": 0.05}, held_out=0.05)
    for name in compared.metrics():
        assert alone.values("hio", name) == compared.values("hio", name)


def test_what_a_solver_must_not_do_is_named_and_stops_nothing_else() -> None:
    solvers = {
        "er": SOLVERS["er"],
        "refuses": bad_solvers.Refuses(),
        "raises": bad_solvers.Raises(),
        "nothing": bad_solvers.GivesNothing(),
        "shape": bad_solvers.WrongShape(),
    }
    found = compare(SIMULATION, solvers, seeds=2)
    by_name = {entry.solver: entry for entry in found.entries}
    assert by_name["refuses"].refusal == "refuses takes nothing at all"
    assert "ZeroDivisionError: division of nothing" in str(by_name["raises"].refusal)
    assert set(by_name["nothing"].failures) == {0, 1}
    assert "not a number" in by_name["nothing"].failures[0]
    assert by_name["shape"].failures[0] == "its estimate has shape (2, 20, 17), but (2, 20, 18) is needed"
    assert found.ranking()[0] == "er"
    assert not by_name["er"].failures
    table = seeds_table(found)
    assert "division of nothing" in table
    assert "refuses takes nothing at all" in table


def test_a_problem_and_solvers_made_in_python_are_taken_as_they_are() -> None:
    problem = reference_problem((12, 12, 12))
    assert isinstance(problem, Problem)
    found = compare(problem, {"er": Solver.resolve("er")}, seeds=[5], budget={"steps": 2})
    assert found.entries[0].seeds == (5,)
