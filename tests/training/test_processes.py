"""Processes that train together agree in means and in what the leading one says; alone, nothing is asked."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest
import torch

from phasekit import InputError
from phasekit.training.processes import Processes, processes

TOGETHER = """
import torch
from phasekit.training.processes import processes
with processes(torch.device("cpu")) as together:
    value = torch.tensor([float(together.rank), 4.0])
    mean = together.mean(value)
    print(together.rank, together.count, together.leads, mean.tolist(), value.tolist(), together.agree(together.leads))
"""


def test_one_process_is_its_own_mean_and_leads() -> None:
    with processes(torch.device("cpu")) as alone:
        assert alone == Processes(rank=0, count=1)
        assert alone.leads
        value = torch.tensor([1.0, 2.0])
        assert alone.mean(value) is value
        assert [alone.agree(word) for word in (True, False)] == [True, False]


def test_two_processes_have_one_mean_and_the_word_of_the_first() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shared = os.environ | {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", TOGETHER],
            env=shared | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for rank in (0, 1)
    ]
    said = [process.communicate(timeout=120)[0].strip() for process in started]
    assert said == ["0 2 True [0.5, 4.0] [0.0, 4.0] True", "1 2 False [0.5, 4.0] [1.0, 4.0] True"]


def test_more_processes_than_gpus_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("WORLD_SIZE", "3"), ("RANK", "2"), ("LOCAL_RANK", "2")):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with (
        pytest.raises(InputError, match="process 3 on a machine with 2 GPUs") as caught,
        processes(torch.device("cuda")),
    ):
        pass
    assert caught.value.place == "device"
