"""A Dask worker sees what other machines have written before it begins."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from phasekit.comparing.batch_task import Unit
from phasekit.comparing.setup import ENSEMBLE, prepare_contest
from phasekit.comparing.task import CompareTask
from phasekit.core.environment import versions
from phasekit.runs.comparison_folder import ComparisonFolder
from phasekit.runs.dask_cluster import appears, described
from phasekit.runs.dask_worker import _needed


def test_a_worker_tells_whether_it_sees_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phasekit.runs.dask_cluster.MARK_S", 0)
    (tmp_path / "mark").touch()
    assert described(str(tmp_path / "mark"))["sees"]
    assert not described(str(tmp_path / "other"))["sees"]


def test_a_file_that_comes_later_is_waited_for_and_one_that_does_not_is_missed(tmp_path: Path) -> None:
    later = threading.Timer(0.3, (tmp_path / "later").touch)
    later.start()
    assert appears(tmp_path / "later", 10)
    later.join()
    began = time.monotonic()
    assert not appears(tmp_path / "never", 0.1)
    assert time.monotonic() - began < 5
    assert not appears(tmp_path / "no" / "folder", 0)


def test_a_unit_waits_for_what_it_reads_and_for_nothing_that_failed(tmp_path: Path) -> None:
    source = {"name": "simulation", "shape": [16, 14]}
    er = {"name": "er", "steps": 2}
    keys = {"problems": {"a": source, "b": source}, "solvers": {"one": er, "two": er}, "seeds": 3, "batch": 2}
    contest, folder = prepare_contest(CompareTask.of(**keys)), ComparisonFolder(tmp_path)
    one, two, *_ = contest.pairs()
    assert _needed(folder, contest, Unit(0)) == []
    assert _needed(folder, contest, Unit(0, 1)) == [folder.pair(one).path / "plan.json"]
    for pair in contest.pairs()[:3]:  # that of problem b is no concern of a
        folder.pair(pair).planned(contest, pair)
    folder.pair(two).failure_file(0).write_text("it broke")
    assert _needed(folder, contest, Unit(0, ENSEMBLE)) == [
        *(folder.pair(one).left_file(number) for number in (0, 1)),
        folder.pair(two).left_file(1),
    ]


def test_it_tells_the_versions_that_are_here() -> None:
    assert described(None) == {"versions": versions(), "sees": True}
