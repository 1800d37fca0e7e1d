"""What an iteration costs: HIO of phasekit against the bare Fourier pair and against HIO written naively.

Everything is timed in turn in one process, so that the ratios hold on a noisy machine. Writes
benchmarks/results/iteration.json (--out). `--allocator kept` first does what the command line does for its own
process: it keeps freed memory, for the naive solver and the bare transform too.

    python benchmarks/iteration.py [--sizes 64 128 256] [--device cpu] [--allocator stock|kept]
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from phasekit import Problem, Solver, State
from phasekit.allocator import keep_freed_memory
from phasekit.environment import environment
from phasekit.registry import find

HERE = Path(__file__).parent
BARS = {"over the bare pair": 2.2, "over naive, from 128": 0.5}


def problem_of(size: int, device: str) -> tuple[Problem, State]:
    """Make data of a random object in the half-box, 1 % of the voxels untrusted, and a start."""
    rng = torch.Generator().manual_seed(0)
    geometry: Any = find("geometry", "far-field")()
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


def contestants(problem: Problem, start: State, steps: int) -> dict[str, tuple[Callable[[], object], int]]:
    """Return name -> (what to time, iterations in it)."""
    rho, support = start.object[0], start.support[0]
    one, two = torch.empty_like(rho), torch.empty_like(rho)
    solver = Solver.resolve({"name": "hio", "steps": steps})

    def fresh() -> Tensor:
        pair: Tensor = torch.fft.fftn(torch.fft.ifftn(rho, norm="ortho"), norm="ortho")
        return pair

    def preallocated() -> Tensor:
        torch.fft.ifftn(rho, norm="ortho", out=one)
        pair: Tensor = torch.fft.fftn(one, norm="ortho", out=two)
        return pair

    def naive() -> Tensor:
        object = rho
        for _ in range(steps):
            object = naive_step(object, problem.amplitude, problem.valid, support)
        return object

    def ours() -> State:
        return next(iter(solver.run(problem, start, every=steps)))

    return {
        "fresh pair": (fresh, 1),
        "preallocated pair": (preallocated, 1),
        "naive": (naive, steps),
        "hio": (ours, steps),
    }


def timed(problem: Problem, start: State, rounds: int, steps: int) -> dict[str, float]:
    """Return milliseconds per iteration: the least for a bare pair, the median for a solver, taken in turn."""
    times: dict[str, list[float]] = {}
    runs = contestants(problem, start, steps)
    for turn in range(rounds + 1):
        for name, (work, count) in runs.items():
            if problem.device.type == "cuda":
                torch.cuda.synchronize()
            began = time.perf_counter()
            work()
            if problem.device.type == "cuda":
                torch.cuda.synchronize()
            spent = 1e3 * (time.perf_counter() - began) / count
            if turn:  # the first round warms up
                times.setdefault(name, []).append(spent)
    return {name: min(values) if "pair" in name else statistics.median(values) for name, values in times.items()}


def growth(problem: Problem, start: State) -> dict[str, float]:
    """Return the process's peak memory, MiB, after 50 and after 1000 iterations."""
    peaks = {}
    for steps in (50, 1000):
        next(iter(Solver.resolve({"name": "hio", "steps": steps}).run(problem, start, every=steps)))
        peaks[f"after {steps}"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return peaks


def main() -> None:
    """Time all sizes and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 128, 256])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--allocator", choices=["stock", "kept"], default="stock")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    out = options.out or HERE / "results" / f"iteration-{options.device}-{options.allocator}.json"
    kept = keep_freed_memory() if options.allocator == "kept" else False
    memory = growth(*problem_of(32, options.device))
    rows = []
    for size in options.sizes:
        ms = timed(*problem_of(size, options.device), options.rounds, 5 if size >= 256 else 10)
        pair = min(ms["fresh pair"], ms["preallocated pair"])
        row = {
            "size": size,
            "ms": ms,
            "hio / pair": ms["hio"] / pair,
            "hio / naive": ms["hio"] / ms["naive"],
        }
        rows.append(row)
        print(
            f"{size}³: pair {pair:.2f} ms, naive {ms['naive']:.2f} ms, hio {ms['hio']:.2f} ms: "
            f"{row['hio / pair']:.2f} × the pair, {row['hio / naive']:.2f} × naive",
            flush=True,
        )
    print("peak memory, MiB: " + ", ".join(f"{name} iterations {value:.0f}" for name, value in memory.items()))
    found = {"environment": environment(), "freed memory kept": kept, "bars": BARS, "rows": rows, "peak MiB": memory}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=1) + "\n")
    print(f"written: {out}")


if __name__ == "__main__":
    main()
