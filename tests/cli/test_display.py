"""What a run shows in the terminal: a bar with the best error of its batch, then every start with its figures."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator
from typing import Literal

import pytest
import torch
from rich.console import Console

from phasekit import Problem, Solver, State, solve
from phasekit.cli.display import Display, print_result
from phasekit.core.result import MetricsRow, Result
from phasekit.solving.job import Progress
from phasekit.solving.solve import prepare
from phasekit.solving.task import SolveTask
from phasekit.testing import reference_problem

PROBLEM = reference_problem((16, 14), photons=1e6)


class Loses(Solver):
    """Loses every third seed, and seed 9 without a reason."""

    name: Literal["loses"] = "loses"

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Yield the state with its failures."""
        if start.step < 1:
            lost = torch.tensor([seed % 3 == 0 for seed in start.seeds])
            state = start.changed(step=1).failing(lost, "it was [lost]")
            known = zip(start.seeds, state.reasons, strict=True)
            yield state.changed(reasons=tuple("" if seed == 9 else reason for seed, reason in known))


def printed(result: Result) -> list[str]:
    screen = io.StringIO()
    print_result(Console(file=screen, width=160, color_system=None), result)
    return screen.getvalue().splitlines()


@pytest.fixture(scope="module")
def result() -> Result:
    return solve(PROBLEM, [Loses(), {"name": "er", "steps": 3}], seeds=(5, 3, 4, 9), batch=4)


def test_a_start_that_failed_is_marked_in_the_table_and_says_why_below(result: Result) -> None:
    lines = printed(result)
    assert "seed 3 failed: it was [lost]" in lines
    assert "seed 9 failed: its solver gave up" in lines
    assert not [line for line in lines if line.startswith(("seed 4 failed", "seed 5 failed"))]
    table = {line.split()[0]: line.split() for line in lines[1:5]}
    assert list(table) == [str(seed) for seed in result.seeds]
    assert [table[seed][3] for seed in ("3", "9")] == ["failed", "failed"]
    assert table["3"][1:3] == ["nan", "nan"]


def test_the_table_holds_the_figures_of_every_start_in_order(result: Result) -> None:
    lines = printed(result)
    assert lines[0].split() == ["seed", "chi2", "r-factor", "agreement", "support"]
    for i, seed in enumerate(result.seeds[:2]):
        told = lines[1 + i].split()
        assert told[0] == str(seed)
        assert [float(x) for x in told[1:3]] == [
            pytest.approx(float(result.final[name][i]), rel=1e-3) for name in ("chi2", "r-factor")
        ]
        assert float(told[3]) == pytest.approx(float(result.agreement[i]), abs=1e-3)
    share = f"ranked by chi2; {len(result.agreeing)} of 4 starts agree with the best"
    assert any(line.startswith(share) for line in lines)


def test_of_many_starts_ten_are_shown_and_the_rest_counted() -> None:
    lines = printed(solve(PROBLEM, {"name": "er", "steps": 1}, seeds=13, batch=13))
    assert "… and 3 more in the report" in lines
    assert sum(line.split()[0].isdigit() for line in lines if line.split()) == 10


def test_notes_and_references_stand_around_the_table(result: Result) -> None:
    noted = dataclasses.replace(PROBLEM, notes=("3 [hot] pixels",))
    lines = printed(dataclasses.replace(result, problem=noted, references={"chi2 of nothing": 0.25}))
    assert lines[0] == "note: 3 [hot] pixels"
    assert lines[-1] == "for comparison: chi2 of nothing 0.250"


def test_the_bar_tells_the_best_of_its_batch_whatever_the_others_are() -> None:
    job = prepare(SolveTask.of(source=PROBLEM, solver={"name": "er", "steps": 10}, seeds=3))
    display = Display(Console(file=io.StringIO(), width=160))
    state = job.begin((0, 1))
    rows = tuple(MetricsRow(seed, 4, 1.0, {"chi2": value}) for seed, value in ((0, float("nan")), (1, 0.125)))
    display.moved(Progress(0, state, rows), 3)  # before it has begun there is no bar
    display.began(job, 30, 10)
    display.moved(Progress(0, state, rows), 18)
    (bar,) = display.bars.tasks
    assert (bar.completed, bar.total, bar.description) == (18, 30, "2 of 3 seeds")
    assert bar.fields["error"] == "chi2 0.125"
