"""A running Dask cluster: connecting to it, and whether its workers are suitable for a run."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phasekit.core.environment import versions
from phasekit.runtime.errors import InputError

if TYPE_CHECKING:
    from distributed import Client

ANSWER_S = 10.0
"""Seconds to wait for a scheduler's answer, and then for its first worker."""

START = "dask worker ADDRESS --nworkers N --nthreads 1 --memory-limit 0"
"""The command to start workers: without a memory limit, since Dask's default is one core's share of the machine."""

LATE_S = 90.0
"""Seconds until a network file system shows on one machine what another has written."""

MARK_S = 5.0
"""The same for a file that has not been looked up before."""


def connected(address: str) -> Client:
    """Return a client of the scheduler; raises InputError if Dask is not installed or no scheduler answers."""
    try:
        from distributed import Client
    except ImportError:
        raise InputError("Dask is not installed; pip install phasekit[dask]", "dask") from None
    try:
        return Client(address, timeout=ANSWER_S, set_as_default=False)
    except (OSError, ValueError, ImportError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(
            f"no Dask scheduler answers at {address} ({reason}); start one with: dask scheduler", "dask"
        ) from None


def check_cluster(address: str) -> None:
    """Check that a scheduler answers and that all its workers are suitable; raises InputError."""
    client = connected(address)
    try:
        for reason in unfit(client, awaited(client, address), None).values():
            raise InputError(reason, "dask")
    finally:
        client.close()


def awaited(client: Client, address: str) -> dict[str, int]:
    """Wait for workers; return them with their numbers of threads. Raises InputError if there are none."""
    end = time.monotonic() + ANSWER_S
    while not (threads := dict(client.nthreads())):
        if time.monotonic() > end:
            raise InputError(f"the Dask scheduler at {address} has no workers; start some with: {START}", "dask")
        time.sleep(0.2)
    return threads


def asked(client: Client, workers: Sequence[str], mark: Path | None) -> dict[str, Any]:
    """Return the description of each worker, see `described`, or the error instead."""
    text = None if mark is None else str(mark)
    found: dict[str, Any] = client.run(described, text, workers=list(workers), on_error="return")
    return found


def unfit(client: Client, threads: Mapping[str, int], mark: Path | None) -> dict[str, str]:
    """Ask the workers in `threads`; worker -> why it cannot be used. Workers that have gone are omitted."""
    answers = asked(client, list(threads), mark)
    reasons = {worker: _reason(worker, threads[worker], answer, mark) for worker, answer in answers.items()}
    return {worker: reason for worker, reason in reasons.items() if reason is not None}


def _reason(worker: str, threads: int, answer: Any, mark: Path | None) -> str | None:
    if isinstance(answer, OSError) and not isinstance(answer, FileNotFoundError):
        return None  # it has gone and gets no work
    here = versions()
    if isinstance(answer, BaseException):
        return (
            f"the Dask worker {worker} does not answer ({type(answer).__name__}: {answer}); "
            f"it needs phasekit {here['phasekit']}, as installed here"
        )
    there = answer["versions"]
    for name in sorted({*here, *there}):
        ours, theirs = (told_of.get(name, "not installed") for told_of in (here, there))
        if ours != theirs:
            return f"the Dask worker {worker} has {name} {theirs}, but here it is {ours}; install the same on both"
    if threads != 1:
        return (
            f"the Dask worker {worker} has {threads} threads, but units that run at once in one process would share "
            f"torch's settings; start workers with one thread: {START}"
        )
    if mark is not None and not answer["sees"]:
        return (
            f"the Dask worker {worker} does not see the run folder {mark.parent}; choose one with --out that has the "
            "same path on every machine, on a shared file system"
        )
    return None


def described(mark: str | None) -> dict[str, Any]:
    """Return the versions installed here, and whether the file `mark` is visible."""
    return {"versions": versions(), "sees": mark is None or appears(Path(mark), MARK_S)}


def appears(path: Path, seconds: float) -> bool:
    """Wait for a file that another machine has written; return False if it does not appear."""
    end = time.monotonic() + seconds
    while not path.is_file():
        if time.monotonic() > end:
            return False
        with suppress(OSError):
            os.listdir(path.parent)  # opening the folder makes NFS ask the server again
        time.sleep(0.2)
    return True
