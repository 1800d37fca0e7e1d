"""What an iteration costs: HIO, RAAR and ER of phasekit against the bare Fourier pair and HIO written naively.

Everything is timed in turn, so that the ratios hold on a noisy machine. This process keeps freed memory, as
`phasekit run` makes its process do, and so the bare pair has the good of it too. Naive HIO is timed twice: in this
process, and in a plain one of its own, which is what its users have. HIO is timed with a support
of half of each axis and of a third, on the wave and step by step, and what a shrink-wrap adds is told in iterations.
Writes benchmarks/results/iteration-DEVICE.json.

    python benchmarks/iteration.py [--sizes 64 128 256] [--device cpu] [--rounds 20]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import statistics
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from phasekit.runtime.waiting import wait_passively

wait_passively()  # as `phasekit run` does

import torch  # noqa: E402  # after the variable
from torch import Tensor  # noqa: E402  # after the variable

from phasekit import Problem, Solver, State  # noqa: E402  # after the variable
from phasekit.core.environment import environment  # noqa: E402  # after the variable
from phasekit.core.registry import registry  # noqa: E402  # after the variable
from phasekit.numerics.wave_iteration import compiled  # noqa: E402  # after the variable
from phasekit.runtime.allocator import keep_freed_memory  # noqa: E402  # after the variable
from phasekit.runtime.device import synchronize  # noqa: E402  # after the variable

HERE = Path(__file__).parent
BARS = {
    "hio_over_pair": {"64": 0.6, "128": 0.65, "256": 0.8},
    "hio_third_over_pair": {"64": 0.5, "128": 0.55, "256": 0.7},
    "raar_over_pair": {"128": 0.65},
    "er_over_pair": {"128": 0.65},
    "shrinkwrap_in_iterations": 1.2,
}


def problem_of(size: int, device: str) -> tuple[Problem, State]:
    """Make data of a random object in the half-box, 1 % of the voxels untrusted, and a start."""
    rng = torch.Generator().manual_seed(0)
    geometry: Any = registry().find("geometry", "far-field")()
    truth = torch.zeros((size,) * 3, dtype=torch.complex64)
    part = (slice(size // 4, size // 4 + size // 2),) * 3
    truth[part] = torch.randn(truth[part].shape, dtype=torch.complex64, generator=rng)
    valid = torch.rand(truth.shape, generator=rng) > 0.01
    problem = Problem.measured(geometry.forward(truth).abs().square(), geometry, valid).to(device)
    start = torch.randn(truth.shape, dtype=torch.complex64, generator=rng).to(device)
    return problem, State(object=start[None], support=problem.support[None].clone(), seeds=(0,))


def naive_step(rho: Tensor, amplitude: Tensor, valid: Tensor, support: Tensor) -> Tensor:
    """Do one step of HIO as one writes it down: a fresh array for every operation."""
    wave = torch.fft.ifftn(rho, norm="ortho")
    wave = torch.where(valid, amplitude * wave / wave.abs(), wave)
    fitted = torch.fft.fftn(wave, norm="ortho")
    return torch.where(support, fitted, rho - 0.9 * fitted)


def run_naive(problem: Problem, start: State, steps: int) -> Tensor:
    """Run naive HIO."""
    object, support = start.object[0], start.support[0]
    for _ in range(steps):
        object = naive_step(object, problem.amplitude, problem.valid, support)
    return object


def contestants(problem: Problem, start: State, steps: int) -> dict[str, tuple[Callable[[], object], int]]:
    """Return name -> (what to time, iterations in it)."""
    rho = start.object[0]
    third = torch.zeros_like(start.support)
    third[0][(slice(rho.shape[0] // 3, rho.shape[0] // 3 + rho.shape[0] // 3),) * 3] = True
    one, two = torch.empty_like(rho), torch.empty_like(rho)

    def run(recipe: Any, support: Tensor = start.support) -> State:
        *_, last = Solver.resolve(recipe).run(problem, start.changed(support=support), every=1_000_000)
        return last

    def step_by_step() -> State:
        with compiled(False):
            return run({"name": "hio", "steps": steps})

    def fresh() -> Tensor:
        pair: Tensor = torch.fft.fftn(torch.fft.ifftn(rho, norm="ortho"), norm="ortho")
        return pair

    def preallocated() -> Tensor:
        torch.fft.ifftn(rho, norm="ortho", out=one)
        pair: Tensor = torch.fft.fftn(one, norm="ortho", out=two)
        return pair

    return {
        "fresh_pair": (fresh, 1),
        "preallocated_pair": (preallocated, 1),
        "naive": (lambda: run_naive(problem, start, steps), steps),
        **{name: (partial(run, {"name": name, "steps": steps}), steps) for name in ("hio", "raar", "er")},
        "hio_third": (lambda: run({"name": "hio", "steps": steps}, third), steps),
        "hio_step_by_step": (step_by_step, steps),
        "hio_and_shrinkwrap": (lambda: run([{"name": "hio", "steps": steps}, {"name": "shrinkwrap"}]), 1),
    }


def clock(work: Callable[[], object], device: torch.device) -> float:
    """Return the milliseconds that `work` takes."""
    synchronize(device)
    began = time.perf_counter()
    work()
    synchronize(device)
    return 1e3 * (time.perf_counter() - began)


def plain_process(pipe: Connection, size: int, device: str, steps: int) -> None:
    """Time naive HIO whenever asked, in a process whose allocator is as it comes."""
    problem, start = problem_of(size, device)
    while pipe.recv():
        pipe.send(clock(lambda: run_naive(problem, start, steps), problem.device) / steps)


def timed(size: int, device: str, rounds: int, steps: int) -> dict[str, float]:
    """Return milliseconds per iteration: the least for a bare pair, the median for a solver, taken in turn."""
    times: dict[str, list[float]] = {}
    problem, start = problem_of(size, device)
    runs = contestants(problem, start, steps)
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    other = spawn.Process(target=plain_process, args=(theirs, size, device, steps), daemon=True)
    other.start()
    for turn in range(rounds + 1):
        spent = {name: clock(work, problem.device) / count for name, (work, count) in runs.items()}
        ours.send(True)
        spent["naive_own_process"] = ours.recv()
        if turn:  # the first round warms up
            for name, value in spent.items():
                times.setdefault(name, []).append(value)
    ours.send(False)
    other.join()
    return {name: min(values) if "pair" in name else statistics.median(values) for name, values in times.items()}


def growth(problem: Problem, start: State) -> dict[str, float]:
    """Return the process's peak memory, MiB, after 50 and after 1000 iterations."""
    peaks = {}
    for steps in (50, 1000):
        next(iter(Solver.resolve({"name": "hio", "steps": steps}).run(problem, start, every=steps)))
        peaks[f"after_{steps}"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return peaks


def main() -> None:
    """Time all sizes and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 128, 256])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    out = options.out or HERE / "results" / f"iteration-{options.device}.json"
    kept = keep_freed_memory()
    memory = growth(*problem_of(32, options.device))
    rows = []
    for size in options.sizes:
        steps = {64: 40, 128: 20}.get(size, 8)  # about what lies between two looks
        ms = timed(size, options.device, options.rounds, steps)
        pair = min(ms["fresh_pair"], ms["preallocated_pair"])
        ratios = {
            **{f"{name}_over_pair": ms[name] / pair for name in ("hio", "hio_third", "raar", "er", "hio_step_by_step")},
            "shrinkwrap_in_iterations": (ms["hio_and_shrinkwrap"] - steps * ms["hio"]) / ms["hio"],
            "hio_over_naive": ms["hio"] / ms["naive"],
            "hio_over_naive_own_process": ms["hio"] / ms["naive_own_process"],
        }
        rows.append({"size": size, "ms": ms, **ratios})
        print(
            f"{size}³: pair {pair:.2f} ms, hio {ms['hio']:.2f} ms, naive {ms['naive']:.2f} ms, in its own process "
            f"{ms['naive_own_process']:.2f} ms: " + ", ".join(f"{k} {v:.2f}" for k, v in ratios.items()),
            flush=True,
        )
    print("peak memory, MiB: " + ", ".join(f"{name} iterations {value:.0f}" for name, value in memory.items()))
    found = {
        "schema": 1,
        "environment": environment(),
        "freed_memory_kept": kept,
        "bars": BARS,
        "rows": rows,
        "peak_mib": memory,
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=1) + "\n")
    print(f"written: {out}")


if __name__ == "__main__":
    main()
