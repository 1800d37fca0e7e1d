"""Seeds are split by measurement, which is remembered; what does not fit the memory is refused beforehand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from phasekit import InputError, Problem, Solver, State
from phasekit.runtime.device import memory_available
from phasekit.solving import batches
from phasekit.solving.job import Job
from phasekit.testing import reference_problem

from .jobs import prepared

PROBLEM = reference_problem((12, 10, 8))
GIB = 2**30


Costs = Callable[[Callable[[int], float]], list[int]]
"""Takes what a step of so many members costs; returns the sizes that were measured."""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PHASEKIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def costs(monkeypatch: pytest.MonkeyPatch) -> Costs:
    """Let a step of a batch cost what the test says, and count the measurements."""
    measured: list[int] = []

    def install(seconds: Callable[[int], float]) -> list[int]:
        def time_steps(problem: Problem, solver: Solver, start: State) -> float:
            measured.append(len(start.seeds))
            return seconds(len(start.seeds))

        monkeypatch.setattr(batches, "_time_steps", time_steps)
        return measured

    return install


def _room(monkeypatch: pytest.MonkeyPatch, members: float, job: Job) -> None:
    """Leave memory for that many members, of which four fifths may be used."""
    wanted = batches.data_bytes(PROBLEM) + members * job.solver.memory(PROBLEM)
    monkeypatch.setattr(batches, "memory_available", lambda device: int(wanted / 0.8) + 1)


def test_every_seed_is_in_one_batch_in_order() -> None:
    job = prepared(PROBLEM, "er", seeds=(5, 3, 9, 1, 7), batch=2)
    assert job.plan().batches == ((5, 3), (9, 1), (7,))


def test_a_batch_grows_as_long_as_it_pays(costs: Costs, cache: Path) -> None:
    measured = costs(lambda size: 1.0 + 0.1 * size if size <= 4 else size)
    plan = prepared(PROBLEM, "er", seeds=16).plan()
    assert measured == [1, 2, 4, 8]
    assert [len(batch) for batch in plan.batches] == [4, 4, 4, 4]
    assert plan.seconds_per_step == pytest.approx(1.4 / 4)


def test_a_batch_that_brings_next_to_nothing_is_not_taken(costs: Costs) -> None:
    costs(lambda size: 0.95 * size if size > 1 else 1.0)
    assert len(prepared(PROBLEM, "er", seeds=8).plan().batches) == 8


def test_a_measurement_is_remembered_per_kind_of_work(costs: Costs, cache: Path) -> None:
    measured = costs(lambda size: 1.0)
    first = prepared(PROBLEM, "er", seeds=4).plan()
    count = len(measured)
    assert prepared(PROBLEM, "er", seeds=4).plan() == first
    assert len(measured) == count
    prepared(PROBLEM, "raar", seeds=4).plan()
    assert len(measured) == 2 * count
    assert all(json.loads(path.read_text())["batch"] == 4 for path in cache.rglob("*.json"))


def test_a_damaged_memory_is_measured_again(costs: Costs, cache: Path) -> None:
    measured = costs(lambda size: 1.0)
    prepared(PROBLEM, "er", seeds=2).plan()
    (path,) = cache.rglob("*.json")
    path.write_text('{"batch": 2')
    prepared(PROBLEM, "er", seeds=2).plan()
    assert measured == [1, 2, 1, 2]


def test_a_little_more_or_less_memory_changes_no_split(costs: Costs, monkeypatch: pytest.MonkeyPatch) -> None:
    measured = costs(lambda size: 1.0)
    job = prepared(PROBLEM, "er", seeds=16)
    plans = []
    for members in (4.2, 6.5, 7.9):
        _room(monkeypatch, members, job)
        plans.append(job.plan())
    assert plans[0] == plans[1] == plans[2]
    assert [len(batch) for batch in plans[0].batches] == [4, 4, 4, 4]
    assert measured == [1, 2, 4]


@pytest.mark.parametrize(("batch", "place"), [(None, "source"), (3, "batch"), (50, "batch")])
def test_what_does_not_fit_is_refused_with_the_estimate(
    monkeypatch: pytest.MonkeyPatch, batch: int | None, place: str
) -> None:
    job = prepared(PROBLEM, "er", seeds=4, batch=batch)
    monkeypatch.setattr(batches, "memory_available", lambda device: 0.3 * GIB)
    monkeypatch.setattr(type(job.solver), "memory", lambda self, problem: GIB)
    wanted = min(batch or 1, 4)
    with pytest.raises(InputError, match=rf"a batch of {wanted} needs about {wanted}\.0 GiB and 0\.3 GiB") as caught:
        job.plan()
    assert caught.value.place == place


def test_a_batch_that_is_larger_than_the_seeds_needs_no_more_memory_than_they_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = prepared(PROBLEM, "er", seeds=2, batch=64)
    _room(monkeypatch, 2, job)
    assert job.plan().batches == ((0, 1),)
    _room(monkeypatch, 1.5, job)
    with pytest.raises(InputError, match="a batch of 2 needs"):
        job.plan()


def test_the_reported_memory_is_that_of_the_largest_batch_and_the_data() -> None:
    job = prepared(PROBLEM, "er", seeds=5, batch=2)
    data = 960 * (4 + 4 + 1 + 1 + 1 + 4 + 8)  # intensity, amplitude, three masks, hidden, truth
    assert job.plan().bytes_needed == data + 2 * job.solver.memory(PROBLEM)


@pytest.mark.parametrize(
    ("seconds", "look", "length", "every"),
    [
        (1e-6, 0, 400, 10),
        (1e-6, 0, 7, 1),
        (1.0, 0, 4000, 5),
        (60, 0, 400, 1),
        (1e-3, 0.02, 400, 10),
        (1e-2, 0.2, 4000, 200),
        (1e-3, 1.0, 400, 50),
        (1.0, 100, 400, 5),
    ],
)
def test_looks_are_forty_or_take_a_tenth_of_the_time_and_come_every_five_seconds(
    costs: Costs, monkeypatch: pytest.MonkeyPatch, seconds: float, look: float, length: int, every: int
) -> None:
    costs(lambda size: seconds)
    monkeypatch.setattr(batches, "_time_look", lambda *_: look)
    assert prepared(PROBLEM, {"name": "er", "steps": length}).plan().every == every


def test_the_machine_has_some_memory() -> None:
    assert 2**27 < memory_available(PROBLEM.device) < 2**50


def test_a_cache_that_cannot_be_written_to_is_done_without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("PHASEKIT_CACHE", str(tmp_path / "file"))
    assert prepared(PROBLEM, {"name": "er", "steps": 3}, seeds=2).plan().batches
