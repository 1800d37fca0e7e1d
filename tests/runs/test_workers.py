"""Processes share the GPUs out among them, and Dask workers the threads that the environment says."""

import os
import subprocess
import sys

import pytest
import torch

from phasekit.runs.comparison_run import threads_on_cluster
from phasekit.runs.workers import Workers, visible_gpus


@pytest.fixture
def started(monkeypatch):
    """Start processes that end at once; gives what each of them was told of GPUs."""
    told = []
    real = subprocess.Popen

    def start(command, env, **kinds):
        told.append(env.get("CUDA_VISIBLE_DEVICES"))
        return real([sys.executable, "-c", ""], env=env, **kinds)

    monkeypatch.setattr(subprocess, "Popen", start)
    return told


def _stop(one) -> None:
    one.process.stdin.close()
    one.process.wait()
    os.close(one.channel)


def test_processes_share_the_gpus_and_one_that_is_replaced_leaves_its_own(started, tmp_path) -> None:
    with Workers(tmp_path, 3, 1, None, gpus=("2", "5")) as workers:
        for _ in range(3):
            workers.known.append(workers._started())
        _stop(workers.known.pop(1))
        workers.known.append(workers._started())
    assert started == ["2", "5", "2", "5"]


def test_without_gpus_nothing_is_said_of_them(started, tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    with Workers(tmp_path, 1, 1, None) as workers:
        workers.known.append(workers._started())
    assert started == [None]


@pytest.mark.parametrize(("named", "found"), [(None, ("0", "1")), ("4,7", ("4", "7")), ("4,7,9", ("4", "7"))])
def test_the_gpus_are_those_that_this_process_sees(monkeypatch, named, found) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    if named is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", named)
    assert visible_gpus() == found


@pytest.mark.parametrize(("said", "threads"), [(None, 1), ("1", 1), ("3", 3), ("4,2", 4), ("0", 1), ("many", 1)])
def test_on_a_cluster_the_environment_says_how_many_threads_whatever_torch_has_here(monkeypatch, said, threads) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: 7)
    if said is None:
        monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    else:
        monkeypatch.setenv("OMP_NUM_THREADS", said)
    assert threads_on_cluster() == threads
