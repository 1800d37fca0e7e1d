"""Where to compute: the device, its name and free memory, and the folder that caches timings."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import torch

from phasekit.runtime.errors import InputError


def choose_device(device: str) -> torch.device:
    """Return the device for auto, cpu or cuda; raises InputError if there is no GPU."""
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise InputError("cuda was requested, but torch finds no GPU; use auto or cpu", "device")
    if device not in ("cpu", "cuda"):
        raise InputError(f"unknown device '{device}'; use auto, cpu or cuda", "device")
    return torch.device(device)


def memory_available(device: torch.device) -> int:
    """Return the bytes that a run may take on `device`."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            memory = {line.split(":")[0]: int(line.split()[1]) for line in lines}
        return memory["MemAvailable"] * 1024
    except (OSError, KeyError, ValueError):  # not Linux: use the machine's total
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 2**33


def synchronize(device: torch.device) -> None:
    """Wait until the device has finished its work, so that a clock can be read."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def device_name(device: torch.device) -> str:
    """Name the device for the record."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"cpu ({platform.processor() or platform.machine()})"


def cache_folder() -> Path:
    """Return where phasekit caches things between runs: $PHASEKIT_CACHE, else the user's cache folder."""
    if own := os.environ.get("PHASEKIT_CACHE"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "phasekit"
