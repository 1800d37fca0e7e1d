"""Runs that are interrupted at a look, and what lies in their folders."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from phasekit import Observer

from .by_task import run_solve


class Stop(Observer):
    """Interrupts a run at its n-th look."""

    def __init__(self, looks: int) -> None:
        self.left = looks

    def moved(self, progress: object, done: int) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


def content(folder: Path) -> dict[str, tuple[int, str]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def interrupted(path: Path, out: Path, looks: int = 3) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_solve(path, out=out, observer=Stop(looks))
