"""Where a run was computed: machine, versions, commit."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

import phasekit
from phasekit.core.registry import registry

PACKAGES = ("torch", "numpy", "scipy", "h5py", "pydantic", "pluggy", "scikit-image")


def environment() -> dict[str, Any]:
    """Return everything needed to judge or repeat a run, as plain data."""
    return {
        "date": time.strftime("%Y-%m-%d"),
        "phasekit": phasekit.__version__,
        "commit": commit(),
        "python": sys.version.split()[0],
        "packages": {name: _version(name) for name in PACKAGES},
        "plugins": dict(registry().versions),
        "plugin_files": {str(path): digest for path, digest in registry().files.items()},
        "machine": platform.node(),
        "system": " ".join([platform.system(), platform.machine(), *platform.libc_ver()]),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "gpus": [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())],
    }


def versions() -> dict[str, str]:
    """Return what must agree between two machines for equal results: phasekit, torch, distributions with plugins."""
    return {**registry().versions, "phasekit": phasekit.__version__, "torch": _version("torch")}


def changes(then: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return the differences between two environments, except the date: name -> (then, now), as texts."""
    earlier, later = _flat(then), _flat(now)
    names = dict.fromkeys([*earlier, *later])
    pairs = {name: (earlier.get(name, "not there"), later.get(name, "not there")) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _flat(environment: Mapping[str, Any]) -> dict[str, str]:
    """Return an environment as one mapping of texts."""
    flat: dict[str, str] = {}
    for name, value in environment.items():
        if name == "plugin_files":
            # By name and content only: a repeated run reads copies in another folder.
            flat |= {f"plugin file {Path(path).name}": str(digest) for path, digest in value.items()}
        elif isinstance(value, Mapping):
            flat |= {f"plugins of {key}" if name == "plugins" else key: str(version) for key, version in value.items()}
        elif isinstance(value, list):
            flat[name] = ", ".join(map(str, value)) or "none"
        elif name != "date":
            flat[name] = str(value)
    return flat


def _processor() -> str:
    """Return the processor's name from the system."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def commit() -> str | None:
    """Return the git commit of the running phasekit, with "+changes" if it was edited; None if installed."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return None
    try:
        head = subprocess.run(
            ["git", "describe", "--always", "--abbrev=40", "--dirty=+changes", "--exclude=*"],
            cwd=root,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):  # no git on this machine
        return None
    return head.stdout.strip()
