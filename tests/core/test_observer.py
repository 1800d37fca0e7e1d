"""An observer hears of all three tasks, and what is none is refused."""

from __future__ import annotations

from typing import Any

import pytest

from phasekit import InputError, Observer, compare, run, solve
from phasekit.comparing.batch_task import Settled
from phasekit.comparing.setup import Contest
from phasekit.core.observer import checked_observer
from phasekit.solving.job import Job, Progress
from phasekit.testing import reference_problem
from phasekit.training.train import TrainingJob
from phasekit.training.trainer import TrainingState

from .. import toys

PROBLEM = reference_problem((16, 14))


class Hearing(Observer):
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.work: list[Any] = []
        self.totals: list[tuple[int | None, int]] = []
        self.moves: list[tuple[Any, int]] = []

    def began(self, work: Any, total: int | None, done: int = 0) -> None:
        self.work.append(work)
        self.totals.append((total, done))

    def moved(self, progress: Any, done: int) -> None:
        self.moves.append((progress, done))


def test_a_reconstruction_counts_the_steps_of_all_seeds() -> None:
    heard = Hearing()
    solve(PROBLEM, {"name": "er", "steps": 10}, seeds=3, batch=2, observer=heard)
    assert isinstance(heard.work[0], Job)
    assert heard.totals == [(30, 0)]
    counts = [done for _, done in heard.moves]
    assert counts == sorted(counts)
    assert counts[-1] == 30
    assert all(isinstance(progress, Progress) for progress, _ in heard.moves)


def test_a_comparison_counts_its_batches() -> None:
    heard = Hearing()
    solvers = {"er": {"name": "er", "steps": 5}, "hio": {"name": "hio", "steps": 5}}
    compare(PROBLEM, solvers, seeds=4, batch=2, observer=heard)
    assert isinstance(heard.work[0], Contest)
    assert heard.totals == [(4, 0)]
    assert [done for _, done in heard.moves] == [1, 2, 3, 4]
    assert all(isinstance(progress, Settled) and progress.reason is None for progress, _ in heard.moves)


def test_a_training_counts_its_updates() -> None:
    heard = Hearing()
    toys.trained(observer=heard)
    assert isinstance(heard.work[0], TrainingJob)
    assert heard.moves[-1][1] == heard.totals[0][0]
    assert all(isinstance(progress, TrainingState) for progress, _ in heard.moves)


def test_none_is_an_observer_that_does_nothing() -> None:
    assert type(checked_observer(None)) is Observer
    mine = Hearing()
    assert checked_observer(mine) is mine


@pytest.mark.parametrize("wrong", [print, object(), Hearing])
def test_what_is_no_observer_is_refused_and_not_dropped(wrong: Any) -> None:
    with pytest.raises(InputError, match=r"observer must be a phasekit\.Observer, got .*; subclass it"):
        solve(PROBLEM, {"name": "er", "steps": 1}, observer=wrong)
    with pytest.raises(InputError, match=r"observer must be a phasekit\.Observer"):
        run({"source": "simulation", "solver": "er"}, observer=wrong)
