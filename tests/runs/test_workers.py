"""Processes share the GPUs out among them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from phasekit.runs.workers import Workers, _Process, visible_gpus


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """Start processes that end at once; gives what each of them was told of GPUs."""
    told: list[str | None] = []
    real = subprocess.Popen

    def start(command: list[str], env: dict[str, str], **kinds: Any) -> subprocess.Popen[str]:
        told.append(env.get("CUDA_VISIBLE_DEVICES"))
        return real([sys.executable, "-c", ""], env=env, **kinds)

    monkeypatch.setattr(subprocess, "Popen", start)
    return told


def _stop(one: _Process) -> None:
    assert one.process.stdin is not None
    one.process.stdin.close()
    one.process.wait()
    os.close(one.channel)


def test_processes_share_the_gpus_and_one_that_is_replaced_leaves_its_own(
    started: list[str | None], tmp_path: Path
) -> None:
    with Workers(tmp_path, 3, 1, None, gpus=("2", "5")) as workers:
        for _ in range(3):
            workers.known.append(workers._started())
        _stop(workers.known.pop(1))
        workers.known.append(workers._started())
    assert started == ["2", "5", "2", "5"]


def test_without_gpus_nothing_is_said_of_them(
    started: list[str | None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    with Workers(tmp_path, 1, 1, None) as workers:
        workers.known.append(workers._started())
    assert started == [None]


@pytest.mark.parametrize(("named", "found"), [(None, ("0", "1")), ("4,7", ("4", "7")), ("4,7,9", ("4", "7"))])
def test_the_gpus_are_those_that_this_process_sees(
    monkeypatch: pytest.MonkeyPatch, named: str | None, found: tuple[str, ...]
) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    if named is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", named)
    assert visible_gpus() == found
