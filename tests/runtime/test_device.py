"""The device is the one asked for or a sentence says why not; timings lie where the environment says."""

from __future__ import annotations

import builtins
import os
from pathlib import Path
from typing import Any

import pytest
import torch

from phasekit import InputError
from phasekit.runtime import device

CPU = torch.device("cpu")


@pytest.mark.parametrize("there", [True, False])
def test_auto_takes_the_gpu_where_there_is_one(monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    assert device.choose_device("auto").type == ("cuda" if there else "cpu")
    assert device.choose_device("cpu") == CPU


@pytest.mark.parametrize(("name", "words"), [("cuda", "torch finds no GPU"), ("tpu", "unknown device 'tpu'")])
def test_a_device_that_is_not_there_is_refused_at_its_place_in_the_recipe(
    monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match=words) as caught:
        device.choose_device(name)
    assert caught.value.place == "device"


def test_the_memory_available_is_part_of_the_memory_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 0 < device.memory_available(CPU) <= whole

    def refuse(*arguments: Any, **options: Any) -> None:
        raise OSError("no /proc here")

    monkeypatch.setattr(builtins, "open", refuse)
    assert device.memory_available(CPU) == whole


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"PHASEKIT_CACHE": "/own", "XDG_CACHE_HOME": "/users"}, "/own"),
        ({"XDG_CACHE_HOME": "/users"}, "/users/phasekit"),
        ({"HOME": "/home/me"}, "/home/me/.cache/phasekit"),
    ],
)
def test_the_cache_is_ones_own_else_the_users(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], folder: str
) -> None:
    for name in ("PHASEKIT_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert device.cache_folder() == Path(folder)


def test_a_cpu_is_named_and_needs_no_waiting_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.processor", lambda: "")
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    monkeypatch.setattr(torch.cuda, "synchronize", lambda device: pytest.fail("a CPU was waited for"))
    device.synchronize(CPU)
    assert device.device_name(CPU) == "cpu (riscv64)"
