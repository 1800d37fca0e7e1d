"""The split of the seeds into batches: measured once per kind of work on a machine, then cached."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch

import phasekit
from phasekit.core.feedback import iteration_of
from phasekit.core.problem import Problem
from phasekit.core.solver import Solver
from phasekit.core.state import State
from phasekit.runtime.device import cache_folder, device_name, memory_available, synchronize
from phasekit.runtime.errors import InputError, RunError

LOOKS = 0.1
"""Share of a run's time that looks at the state may take."""
FEWEST = 8
"""Looks at a run of enough steps, whatever they cost: fewer show no course."""
NOTICED_S = 2.0
"""Seconds that all looks together may take, whatever their share."""
WORTHWHILE = 0.9
"""A larger batch must reduce the cost of a seed to less than this fraction, or noise would decide."""


@dataclass(frozen=True)
class Plan:
    """Which seeds run together, how often to check them, and the estimates behind it."""

    batches: tuple[tuple[int, ...], ...]
    every: int
    """Steps between two checks of the state (metrics, checkpoint)."""
    seconds_per_step: float
    """Measured seconds for one step of one seed, from the first steps, thus only a guide."""
    bytes_needed: int
    """Estimated memory of the largest batch, data included."""
    compiled: bool = False
    """Whether compiled code may do the steps; false in folders of version 0.1, whose runs continue as they began."""


def make_plan(
    problem: Problem,
    solver: Solver,
    begin: Callable[[Sequence[int]], State],
    seeds: Sequence[int],
    batch: int | None,
    look: Callable[[State], object] | None = None,
) -> Plan:
    """Choose the batch size, `batch` if given, else the fastest that fits the memory; and how often to `look`, so that
    looks take a tenth of the time.

    Raises InputError if not even one seed fits.
    """
    per_seed, fixed = solver.memory(problem), data_bytes(problem)
    room = memory_available(problem.device)
    fitting = min(len(seeds), max(int((0.8 * room - fixed) // max(per_seed, 1)), 0))
    least = 1 if batch is None else min(batch, len(seeds))
    if fitting < least:
        wanted = fixed + per_seed * least
        advice = f"a batch of {fitting} would fit" if fitting else "not even a batch of 1 fits: crop or bin the data"
        raise InputError(
            f"a batch of {least} needs about {wanted / 2**30:.1f} GiB and {room / 2**30:.1f} GiB are free on "
            f"{problem.device}; {advice}",
            "batch" if batch is not None else "source",
        )
    iteration_of(solver, problem)  # compiled code is loaded before it is timed
    # Only powers of two are tried, so a little more or less free memory changes nothing.
    sizes = [least] if batch is not None else [1 << power for power in range(fitting.bit_length())]
    timing = _remembered(problem, solver, begin, seeds, sizes, look)
    size = int(timing["batch"])
    batches = tuple(tuple(seeds[i : i + size]) for i in range(0, len(seeds), size))
    return Plan(
        batches=batches,
        every=_stride(solver.length(), timing["seconds"] * size, timing["look"]),
        seconds_per_step=timing["seconds"],
        bytes_needed=fixed + per_seed * size,
        compiled=True,
    )


def _stride(length: int | None, seconds: float, look: float) -> int:
    """Check about 40 times per run; fewer, but 8, if that took over 2 seconds and a tenth of its time. At least every 5
    seconds.
    """
    length = length or 400
    wanted = max(1, length // 40)
    if 40 * look > NOTICED_S:
        wanted = max(wanted, min(int(look / LOOKS / max(seconds, 1e-9)), length // FEWEST))
    return max(1, min(wanted, int(5 / max(seconds, 1e-9))))


@contextmanager
def within_memory(size: int, device: torch.device) -> Iterator[None]:
    """Raise RunError with advice if a batch of `size` runs out of memory after all."""
    try:
        yield
    except RunError:
        raise
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        message = str(error)
        if type(error) is RuntimeError and "out of memory" not in message and "can't allocate memory" not in message:
            raise
        advice = f"set batch to {size // 2} or less" if size > 1 else "crop or bin the data, or use a smaller network"
        raise RunError(f"a batch of {size} does not fit the memory of {device}; {advice}") from error


def data_bytes(problem: Problem) -> int:
    """Return the bytes of the problem itself."""
    return sum(t.numel() * t.itemsize for t in vars(problem).values() if isinstance(t, torch.Tensor))


def _remembered(
    problem: Problem,
    solver: Solver,
    begin: Callable[[Sequence[int]], State],
    seeds: Sequence[int],
    sizes: Sequence[int],
    look: Callable[[State], object] | None,
) -> dict[str, float]:
    """Look up the timing, or measure and cache it: the same recipe then splits, and ends, the same every time."""
    key = hashlib.sha256(
        json.dumps(
            [
                platform.node(),
                device_name(problem.device),
                torch.get_num_threads(),
                torch.__version__,
                phasekit.__version__,
                [*problem.detector, str(problem.complex_dtype)],
                solver.model_dump_json(),
                sizes,
            ]
        ).encode()
    ).hexdigest()
    path = cache_folder() / "batches" / f"{key}.json"
    if path.is_file():
        try:
            timings: dict[str, float] = json.loads(path.read_text())
            return {key: float(timings[key]) for key in ("batch", "seconds", "look")}
        except (ValueError, KeyError, TypeError):
            path.unlink(missing_ok=True)  # half-written by a crash of the machine: measure again
    timing = _measure(problem, solver, begin, seeds, sizes)
    timing["look"] = _time_look(look, begin(seeds[: int(timing["batch"])])) if look else 0.0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps(timing))
        temporary.replace(path)
    except OSError:
        pass  # an unwritable home only costs a measurement per run
    return timing


def _measure(
    problem: Problem,
    solver: Solver,
    begin: Callable[[Sequence[int]], State],
    seeds: Sequence[int],
    sizes: Sequence[int],
) -> dict[str, float]:
    """Time a few steps in batches of `sizes`, which grow, until a larger one no longer pays."""
    best: dict[str, float] = {}
    for size in sizes:
        try:
            with within_memory(size, problem.device):
                seconds = _time_steps(problem, solver, begin(seeds[:size])) / size
        except RunError:
            if not best:
                raise
            break
        if best and seconds > WORTHWHILE * best["seconds"]:
            break
        best = {"batch": float(size), "seconds": seconds}
    return best


def _time_look(look: Callable[[State], object], state: State) -> float:
    """Return the seconds that a look takes, the second time."""
    spent = 0.0
    for _ in range(2):
        began = time.perf_counter()
        look(state)
        spent = time.perf_counter() - began
    return spent


def _time_steps(problem: Problem, solver: Solver, start: State) -> float:
    """Return seconds per step, the least of three goes after one to warm up."""
    goes, state, least = 0, start, float("inf")
    while goes < 4:
        began = time.perf_counter()
        running = solver.run(problem, state, every=2)
        following = next(running, None)
        synchronize(problem.device)
        spent = time.perf_counter() - began
        if following is None:
            break
        least = min(least, spent / max(following.step - state.step, 1)) if goes or spent > 2 else least
        state, goes = following, 4 if spent > 2 else goes + 1
    return least if least < float("inf") else 0.0
