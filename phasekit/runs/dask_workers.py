"""Workers of a Dask cluster that do units, like local processes, on other machines."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from typing import TYPE_CHECKING

from phasekit.comparing.batch_task import Unit
from phasekit.runs.dask_cluster import LATE_S, appears, awaited, connected, unfit
from phasekit.runs.dask_worker import do_unit
from phasekit.runs.workers import PATIENCE_S, TRIES, Settled
from phasekit.runtime.errors import InputError, RunError, said

if TYPE_CHECKING:
    from distributed import Client, Future

ALONE_S = 600.0
"""Seconds without any worker after which a run fails."""


@dataclass
class _Task:
    """A unit assigned to a worker."""

    unit: Unit
    worker: str
    future: Future
    began: float | None = None
    """Start of the unit; None while the worker reads the data."""


class DaskWorkers:
    """At most `count` workers (0: all) of the scheduler at `address`, on the recipe of one folder; a context manager.

    Each worker gets one unit at a time, so that a worker that dies or hangs affects only that unit.
    """

    def __init__(self, address: str, folder: Path, count: int, threads: int, limit_s: float | None) -> None:
        self.address, self.folder, self.count, self.threads = address, folder.resolve(), count, threads
        self.limit_s = limit_s
        self.name = f"phasekit-{secrets.token_hex(6)}"
        self.mark = self.folder / f".dask.0{secrets.token_hex(6)}"  # a name that RunFolder.open removes
        self.fit: dict[str, bool] = {}
        """Worker -> whether it may get units."""
        self.tasks: dict[str, _Task] = {}
        self.news: Queue[tuple[str, str]] = Queue()
        self.alone_since: float | None = None

    def __enter__(self) -> DaskWorkers:
        self.client: Client = connected(self.address)
        try:
            self.mark.touch()
            self.client.subscribe_topic(self.name, lambda event: self.news.put(("begins", str(event[1]["begins"]))))
            threads = awaited(self.client, self.address)
            for reason in unfit(self.client, threads, self.mark).values():
                raise InputError(reason, "dask")
            self.fit = dict.fromkeys(threads, True)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(OSError, RuntimeError):  # a scheduler that has gone has nothing to cancel
            self.client.cancel([one.future for one in self.tasks.values()], force=True)
        self.tasks = {}
        self.client.close()
        self.mark.unlink(missing_ok=True)

    def run(self, units: Sequence[Unit], settled: Settled) -> None:
        """Do all units; `settled` is called as each ends, with the reason if it failed."""
        waiting, tries = deque(units), dict.fromkeys(units, 0)
        while waiting or self.tasks:
            self._look()
            for key in [key for key, one in self.tasks.items() if one.worker not in self.fit]:
                self._died(key, waiting, tries, settled)
            self._give(waiting)
            for what, key in self._heard():
                if key in self.tasks and what == "begins":
                    self.tasks[key].began = time.monotonic()
                elif key in self.tasks:
                    self._ended(key, waiting, tries, settled)
            self._stop_what_hangs(settled)

    def _look(self) -> None:
        """Look for workers; new ones that are unsuitable are ignored and named in the log."""
        try:
            threads = dict(self.client.nthreads())
            new = {worker: count for worker, count in threads.items() if worker not in self.fit}
            reasons = unfit(self.client, new, self.mark) if new else {}
        except (OSError, RuntimeError) as error:
            raise self._lost() from error
        for reason in reasons.values():
            self._log(reason)
        self.fit = {worker: self.fit.get(worker, worker not in reasons) for worker in threads}
        if any(self.fit.values()):
            self.alone_since = None
            return
        if self.alone_since is None:
            self.alone_since = time.monotonic()
            self._log("no worker is left; waiting for one")
        if time.monotonic() - self.alone_since > ALONE_S:
            raise RunError(
                f"the Dask scheduler at {self.address} has had no suitable worker for {ALONE_S:.0f} s "
                f"({self.folder / 'workers.log'}); finished units are kept, and --resume continues"
            )

    def _give(self, waiting: deque[Unit]) -> None:
        busy = {one.worker for one in self.tasks.values()}
        free = [worker for worker, fit in self.fit.items() if fit and worker not in busy]
        for worker in free[: max(self.count - len(busy), 0) if self.count else None]:
            if not waiting:
                return
            unit = waiting.popleft()
            key = f"{self.name}-{unit.pair}-{unit.number}-{secrets.token_hex(4)}"
            future = self.client.submit(
                do_unit,
                *(str(self.folder), unit.pair, unit.number, self.threads, self.name),
                key=key,
                workers=[worker],
                pure=False,
            )
            self.tasks[key] = _Task(unit, worker, future)
            future.add_done_callback(lambda ended: self.news.put(("ends", str(ended.key))))

    def _heard(self) -> list[tuple[str, str]]:
        """Wait for an event of any unit."""
        heard = []
        with suppress(Empty):
            heard.append(self.news.get(timeout=0.5))
            while True:
                heard.append(self.news.get_nowait())
        return heard

    def _ended(self, key: str, waiting: deque[Unit], tries: dict[Unit, int], settled: Settled) -> None:
        from distributed.scheduler import KilledWorker

        one = self.tasks[key]
        if one.future.cancelled():  # cancelled by someone else
            raise self._lost()
        try:
            answer = one.future.result(timeout=PATIENCE_S)
        except (TimeoutError, KilledWorker):  # the worker died before or after it finished
            self._died(key, waiting, tries, settled)
            return
        except Exception as error:  # a failure of Dask is reported like any other
            answer = {"failed": said(error)}
        del self.tasks[key]
        reason = answer["failed"]
        if reason is None and not appears(Path(answer["left"]), LATE_S):
            reason = f"the Dask worker {one.worker} has written {answer['left']}, which is not visible here"
        settled(one.unit, reason)

    def _died(self, key: str, waiting: deque[Unit], tries: dict[Unit, int], settled: Settled) -> None:
        """Give a unit to another worker, which continues from its checkpoint; the last try fails it."""
        one = self.tasks.pop(key)
        one.future.cancel()
        tries[one.unit] += 1
        self._log(f"the worker {one.worker} died with unit {one.unit.pair}, {one.unit.number}")
        if tries[one.unit] < TRIES:
            waiting.appendleft(one.unit)
        else:
            settled(one.unit, f"its Dask worker died {TRIES} times (the last was {one.worker})")

    def _stop_what_hangs(self, settled: Settled) -> None:
        for key, one in [*self.tasks.items()]:
            if self.limit_s is None or one.began is None or time.monotonic() - one.began <= self.limit_s:
                continue
            del self.tasks[key]
            one.future.cancel()
            self._restart(one.worker)
            settled(one.unit, f"it took longer than the limit of {self.limit_s:g} s")

    def _restart(self, worker: str) -> None:
        """Let a worker's nanny restart it; without one it leaves the cluster, since Dask cannot stop a function."""
        self.fit.pop(worker, None)
        try:
            self.client.restart_workers([worker], timeout=PATIENCE_S, raise_for_error=False)
        except (ValueError, KeyError):  # it has no nanny
            self.client.retire_workers([worker], close_workers=True)
        except OSError as error:
            self._log(f"the worker {worker} could not be restarted ({error})")

    def _lost(self) -> RunError:
        return RunError(
            f"the Dask scheduler at {self.address} is lost; finished units are kept, and --resume continues once it "
            "is back"
        )

    def _log(self, text: str) -> None:
        with (self.folder / "workers.log").open("a", encoding="utf-8") as lines:
            lines.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n")
