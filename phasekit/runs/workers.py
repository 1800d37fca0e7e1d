"""Local processes that do units: one that hangs is stopped, one that dies is replaced."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector

import torch

from phasekit.comparing.batch_task import Unit
from phasekit.runtime.errors import RunError

TRIES = 3
"""How often a unit is tried if its process dies; it continues from its checkpoint."""

PATIENCE_S = 15.0
"""Seconds that an interrupted process has to store its state."""

Settled = Callable[[Unit, str | None], None]


@dataclass
class _Process:
    """One process, its pipes, and its unit."""

    process: subprocess.Popen[str]
    channel: int
    """The file descriptor of its messages."""
    place: int
    """Its number among the processes, which selects its GPU."""
    said: str = ""
    """The beginning of a message not yet complete."""
    unit: Unit | None = None
    began: float | None = None
    """Start of the unit; None while the process reads the data."""


class Workers:
    """`count` processes with `threads` threads each, on the recipe of one folder; a context manager.

    They share the `gpus`, which are named as in CUDA_VISIBLE_DEVICES.
    """

    def __init__(self, folder: Path, count: int, threads: int, limit_s: float | None, gpus: Sequence[str] = ()) -> None:
        self.folder, self.count, self.threads, self.limit_s, self.gpus = folder, count, threads, limit_s, gpus
        self.known: list[_Process] = []
        self.log = (folder / "workers.log").open("a", encoding="utf-8")

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *error: object) -> None:
        for one in self.known:
            self._end(one, interrupt=error[0] is not None)
        self.known = []
        self.log.close()

    def run(self, units: Sequence[Unit], settled: Settled) -> None:
        """Do all units; `settled` is called as each ends, with the reason if it failed."""
        waiting, tries = deque(units), dict.fromkeys(units, 0)
        while waiting or any(one.unit for one in self.known):
            for _ in range(min(self.count - len(self.known), len(waiting))):
                self.known.append(self._started())
            for one in self.known:
                if one.unit is None and waiting:
                    self._give(one, waiting.popleft())
            for one, lines in self._heard():
                for line in lines or ():
                    self._hear(one, json.loads(line), settled)
                if lines is None:
                    self._died(one, waiting, tries, settled)
            self._stop_what_hangs(settled)

    def _started(self) -> _Process:
        place = min(set(range(self.count)) - {one.place for one in self.known})
        reading, writing = os.pipe()
        command = [sys.executable, "-m", "phasekit.runs.worker", str(self.folder), str(self.threads), str(writing)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        if self.gpus:
            environment["CUDA_VISIBLE_DEVICES"] = self.gpus[place % len(self.gpus)]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=self.log,
            stderr=self.log,
            pass_fds=(writing,),
            env=environment,
            text=True,
        )
        os.close(writing)
        return _Process(process, reading, place)

    @staticmethod
    def _give(one: _Process, unit: Unit) -> None:
        one.unit, one.began = unit, None
        assert one.process.stdin is not None
        with suppress(BrokenPipeError):  # if it has died, its channel is closed
            one.process.stdin.write(json.dumps([unit.pair, unit.number]) + "\n")
            one.process.stdin.flush()

    def _heard(self) -> list[tuple[_Process, list[str] | None]]:
        """Wait for messages from any process; None for a process that has ended."""
        heard: list[tuple[_Process, list[str] | None]] = []
        with DefaultSelector() as selector:
            for one in self.known:
                selector.register(one.channel, EVENT_READ, one)
            for key, _ in selector.select(timeout=0.2):
                one, received = key.data, os.read(key.fd, 65536)
                *lines, one.said = (one.said + received.decode()).split("\n")
                heard.append((one, lines if received else None))
        return heard

    @staticmethod
    def _hear(one: _Process, message: dict[str, object], settled: Settled) -> None:
        if "begins" in message:
            one.began = time.monotonic()
        elif one.unit is not None:
            unit, one.unit = one.unit, None
            reason = message["failed"]
            settled(unit, None if reason is None else str(reason))

    def _died(self, one: _Process, waiting: deque[Unit], tries: dict[Unit, int], settled: Settled) -> None:
        self.known.remove(one)
        self._end(one, interrupt=False)
        code, unit = one.process.returncode, one.unit
        if unit is None:
            return
        if one.began is None and code > 0:  # before any work: another process would end the same way
            raise RunError(f"a process of the comparison could not start; see {self.folder / 'workers.log'}")
        tries[unit] += 1
        if tries[unit] < TRIES:
            waiting.appendleft(unit)
            return
        word = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        settled(unit, f"its process died {TRIES} times ({word})")

    def _stop_what_hangs(self, settled: Settled) -> None:
        for one in [*self.known]:
            late = self.limit_s is not None and one.began is not None and time.monotonic() - one.began > self.limit_s
            if late and one.unit is not None:
                self.known.remove(one)
                one.process.kill()
                self._end(one, interrupt=False)
                settled(one.unit, f"it took longer than the limit of {self.limit_s:g} s")

    @staticmethod
    def _end(one: _Process, *, interrupt: bool) -> None:
        """End a process: at once if it is idle, otherwise by an interrupt, so that it stores its state."""
        if interrupt and one.unit is not None and one.process.poll() is None:
            one.process.send_signal(signal.SIGINT)
        if one.process.stdin is not None:
            with suppress(BrokenPipeError):
                one.process.stdin.close()
        try:
            one.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            one.process.kill()
            one.process.wait()
        os.close(one.channel)


def visible_gpus() -> tuple[str, ...]:
    """Return the GPUs available to this process, named as in CUDA_VISIBLE_DEVICES."""
    count = torch.cuda.device_count()
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    return tuple(named.split(",")[:count]) if named else tuple(map(str, range(count)))
