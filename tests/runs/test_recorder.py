"""What a run needs to go on is kept while it goes, and what is finished is not done again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from phasekit import InputError
from phasekit.recipes.loader import load
from phasekit.runs.folder import RunFolder
from phasekit.runs.prepare import prepare_loaded
from phasekit.runs.recorder import Recorder

from .by_task import run_solve
from .stopping import content, interrupted

pytestmark = pytest.mark.usefixtures("without_pictures")


def test_an_unfinished_run_continues_only_with_resume(recipe: Callable[..., Path], tmp_path: Path) -> None:
    interrupted(recipe(), tmp_path / "out", looks=17)
    assert json.loads((tmp_path / "out" / "run.json").read_text())["status"] == "interrupted"
    with pytest.raises(InputError, match="holds an unfinished run; --resume continues"):
        run_solve(recipe(), out=tmp_path / "out")
    resumed = run_solve(recipe(), out=tmp_path / "out", resume=True)
    log = (tmp_path / "out" / "run.log").read_text()
    assert "continues from the checkpoint at step 16" in log or "continues from the checkpoint at step 17" in log
    alone = run_solve(recipe(), out=tmp_path / "alone")
    assert torch.equal(resumed.object, alone.object)
    assert [(row.seed, row.step, row.metrics) for row in resumed.history] == [
        (row.seed, row.step, row.metrics) for row in alone.history
    ]


def test_finished_batches_are_not_repeated(recipe: Callable[..., Path], tmp_path: Path) -> None:
    text = recipe().read_text().replace("batch: 2", "batch: 1")
    interrupted(recipe(text), tmp_path / "out", looks=50)
    done = tmp_path / "out" / "batches" / "0000-done.h5"
    before = done.stat().st_mtime_ns
    resumed = run_solve(recipe(text), out=tmp_path / "out", resume=True)
    assert done.stat().st_mtime_ns == before
    assert (tmp_path / "out" / "run.log").read_text().count("batch 0 done") == 1
    assert torch.equal(resumed.object, run_solve(recipe(text), out=tmp_path / "alone").object)


def test_a_resumed_run_keeps_its_split(
    recipe: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = recipe().read_text().replace("batch: 2\n", "")
    interrupted(recipe(text), tmp_path / "out")
    plan = json.loads((tmp_path / "out" / "run.json").read_text())["plan"]
    monkeypatch.setenv("PHASEKIT_CACHE", str(tmp_path / "empty"))
    monkeypatch.setattr("phasekit.solving.batches._time_steps", lambda *_: pytest.fail("it measured again"))
    run_solve(recipe(text), out=tmp_path / "out", resume=True)
    assert json.loads((tmp_path / "out" / "run.json").read_text())["plan"] == plan


def test_a_recorder_that_only_reads_leaves_the_folder_alone(recipe: Callable[..., Path], tmp_path: Path) -> None:
    loaded, folder = load(recipe()), RunFolder(tmp_path / "out")
    run_solve(recipe(), out=folder.path)
    before = content(folder.path)
    job = prepare_loaded(loaded)
    kept = Recorder(folder, only_read=True)
    kept.planned(job, job.plan())
    outcome = kept.outcome(0)
    assert outcome is not None
    assert outcome.seeds == (0, 1)
    assert (kept.outcome(1), kept.progress(0)) == (None, None)
    assert content(folder.path) == before
