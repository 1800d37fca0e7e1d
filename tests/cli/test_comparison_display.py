"""What a comparison shows in the terminal: what is compared, what fails on the way, then who stands where."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from phasekit import Comparison, compare
from phasekit.cli.comparison_display import ComparisonDisplay, print_comparison
from phasekit.comparing.batch_task import Settled
from phasekit.comparing.setup import Pair
from phasekit.core.solver import SolverLike

from .. import bad_solvers


@pytest.fixture(scope="module")
def compared() -> Comparison:
    solvers: dict[str, SolverLike] = {
        "er": {"name": "er", "steps": 5},
        "[b] hio": {"name": "hio", "steps": 5},
        "refuses": bad_solvers.Refuses(),
        "nothing": bad_solvers.GivesNothing(),
    }
    return compare({"name": "simulation", "shape": [16, 14], "seed": 3}, solvers, seeds=3)


def screen() -> tuple[io.StringIO, Console]:
    file = io.StringIO()
    return file, Console(file=file, width=200, color_system=None)


def test_first_is_said_what_is_compared_and_who_does_not_take_the_data(compared: Comparison) -> None:
    file, console = screen()
    ComparisonDisplay(console).began(compared.contest, 6)
    first, second = file.getvalue().splitlines()
    assert first == "4 solvers, 1 problem, 12 starts"
    assert second == "refuses refuses problem: refuses takes nothing at all"


def test_a_unit_that_failed_is_named_and_the_bar_counts_batches_alone(compared: Comparison) -> None:
    file, console = screen()
    display = ComparisonDisplay(console)
    display.began(compared.contest, 6, 1)
    pair = Pair("problem", "[b] hio", "00-problem/01-b-hio")
    display.moved(Settled(pair, None, None), 1)
    display.moved(Settled(pair, 0, "it [broke]"), 2)
    (bar,) = display.bars.tasks
    assert (bar.completed, bar.total, bar.description) == (2, 6, "[b] hio")
    assert file.getvalue().splitlines()[-1] == "[b] hio on problem: it [broke]"


def test_solvers_stand_in_the_order_of_their_ranking_with_what_was_not_run(compared: Comparison) -> None:
    file, console = screen()
    print_comparison(console, compared)
    lines = file.getvalue().splitlines()
    assert lines[0].split()[0] == "solver"
    for line, solver in zip(lines[1:5], compared.ranking(), strict=True):
        assert line.startswith(solver)
    (refused,) = (line for line in lines[1:5] if line.startswith("refuses"))
    assert "–" in refused
    assert any("refuses takes nothing at all" in line for line in lines[5:])
