"""A Dask cluster on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path


class Cluster:
    """A scheduler and workers as processes of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.known = folder, folder / "scheduler.json"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.log = (folder / "log").open("w")
        self.scheduler = self._started("scheduler", "--port", "0", "--scheduler-file", str(self.known))
        until(lambda: self.known.is_file() and self.known.read_text().strip().endswith("}"))
        self.address = json.loads(self.known.read_text())["address"]

    def _started(self, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:], "--no-dashboard"]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        return subprocess.Popen(command, cwd=self.folder, stdout=self.log, stderr=self.log, env=environment)

    def start(self, name: str, *options: str) -> subprocess.Popen[bytes]:
        """Start a worker."""
        words = ("worker", self.address, "--name", name, "--memory-limit", "0", *options)
        self.processes[name] = self._started(*words)
        return self.processes[name]

    def workers(self) -> dict[str, tuple[str, ...]]:
        """Return every worker's tasks."""
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            found: dict[str, tuple[str, ...]] = client.processing()
        return found

    def end(self, name: str) -> None:
        """End a worker, and its nanny."""
        process = self.processes.pop(name)
        process.terminate()
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:  # it hangs, as its solver does
            process.kill()
            process.wait()

    def close(self) -> None:
        """End everything."""
        for name in list(self.processes):
            self.end(name)
        self.scheduler.terminate()
        self.scheduler.wait()
        self.log.close()


ONE = ("--nthreads", "1", "--no-nanny")


def until(true: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)
