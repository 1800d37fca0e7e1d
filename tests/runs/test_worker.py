"""A process does the units that it is told of, one after the other, and tells when each begins and how it ends."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import torch

from phasekit.comparing.batch_task import Unit, run_unit
from phasekit.comparing.setup import ENSEMBLE, Contest, Pair
from phasekit.recipes.loader import load
from phasekit.runs.comparison_folder import ComparisonFolder
from phasekit.runs.worker import contest_in, serve, work

BAD = Path(__file__).parents[1] / "bad_solvers.py"
RECIPE = f"""\
task: compare
source: {{name: simulation, shape: [16, 14], seed: 3}}
solvers: {{er: {{name: er, steps: 5}}, raises: raises}}
seeds: 3
batch: 2
device: cpu
plugins: [{BAD}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> ComparisonFolder:
    """Return a folder with a recipe and nothing done."""
    (tmp_path / "resolved.yaml").write_text(RECIPE)
    (tmp_path / "resolved.yaml").write_text(load(tmp_path / "resolved.yaml").resolved())
    return ComparisonFolder(tmp_path)


def served(folder: ComparisonFolder, *units: tuple[int, int | None]) -> tuple[Contest, list[dict[str, object]]]:
    contest, channel = contest_in(folder), io.StringIO()
    serve(folder, contest, io.StringIO("".join(json.dumps(unit) + "\n" for unit in units)), channel)
    return contest, [json.loads(line) for line in channel.getvalue().splitlines()]


def test_each_unit_begins_and_ends_and_what_fails_says_why_and_stops_nothing(folder: ComparisonFolder) -> None:
    _, told = served(folder, (0, None), (1, None), (1, 0), (0, 1))
    assert told == [
        {"begins": [0, None]},
        {"ends": [0, None], "failed": None},
        {"begins": [1, None]},
        {"ends": [1, None], "failed": "ZeroDivisionError: division of nothing"},
        {"begins": [1, 0]},
        {"ends": [1, 0], "failed": "ZeroDivisionError: division of nothing"},
        {"begins": [0, 1]},
        {"ends": [0, 1], "failed": None},
    ]


def test_what_a_unit_leaves_is_what_it_gives_alone(folder: ComparisonFolder) -> None:
    contest, _ = served(folder, (0, None), (0, 0), (0, 1))
    pair = contest.pairs()[0]
    kept = folder.pair(pair)
    plan = kept.plan()
    assert plan is not None
    assert plan.batches == ((0, 1), (2,))
    for number in (0, 1):
        alone = run_unit(contest, pair, plan, number)
        assert torch.equal(kept.gathered().outcome(number).object, alone.object)
    assert kept.ensemble() is None
    work(contest, folder, Unit(0, ENSEMBLE))
    ensemble = kept.ensemble()
    assert ensemble is not None
    assert ensemble.count == 3


def test_a_batch_is_split_as_was_written_down_before(folder: ComparisonFolder) -> None:
    contest = contest_in(folder)
    pair = contest.pairs()[0]
    plan = contest.plan(pair)
    folder.pair(pair).keep_plan(type(plan)(((2,), (1, 0)), plan.every, plan.seconds_per_step, plan.bytes_needed))
    work(contest, folder, Unit(0, 1))
    assert folder.pair(pair).gathered().outcome(1).seeds == (1, 0)


def test_an_interrupt_ends_the_serving_without_an_answer(
    folder: ComparisonFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: Contest, pair: Pair) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Contest, "plan", interrupted)
    _, told = served(folder, (0, None), (0, 0))
    assert told == [{"begins": [0, None]}]
