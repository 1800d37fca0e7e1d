"""The deep prior on the paper's particles, noise-free: phasekit's protocol and the paper's, side by side.

Ten superellipsoids at 32³ and three at 64³ (object k is `source.seed=k`); seeds 0 to 3 at 32³ and 0 and 1 at 64³, the
best as the run ranks them by χ². Beside each error stand what the true shape with flat phase and the mean of object and
twin score. The paper's protocol gets one start, as many steps as take the same seconds, and so far less than the 40,000
it asks for.
Writes benchmarks/results/deep_prior.json.

    python benchmarks/deep_prior.py [--sizes 32 64] [--objects 10 3] [--protocols own paper] [--device cpu] [--add]
"""

from __future__ import annotations

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import torch
from figures import RESULTS, read_by, write

from phasekit import solve
from phasekit.core.source import load_problem
from phasekit.runtime.allocator import keep_freed_memory

BARS = {"chi2": 3e-4, "object-error": 0.10}
STARTS = {32: 4, 64: 2}
STEPS = {32: 2500, 64: 6000}
"""Size -> updates per start."""
OWN: dict[int, dict[str, Any]] = {64: {"network": {"name": "decoder", "channels": [32, 32, 16, 16]}}}
"""Size -> options of phasekit's protocol that are not its defaults."""


def source(size: int, number: int) -> dict[str, Any]:
    return {"name": "simulation", "generator": "superellipsoid", "shape": [size] * 3, "seed": number}


def reconstructed(size: int, number: int, solver: dict[str, Any], seeds: int, device: str) -> dict[str, Any]:
    """Reconstruct one object and return its row."""
    problem = load_problem(source(size, number))
    began = time.perf_counter()
    result = solve(
        problem,
        solver,
        seeds=seeds,
        batch=1 if device == "cpu" else seeds,
        metrics=["chi2", "object-error"],
        device=device,
    )
    chi2, errors = (result.final[name].tolist() for name in ("chi2", "object-error"))
    return {
        "size": size,
        "object": number,
        "steps": solver["steps"],
        "starts": seeds,
        "chi2": chi2,
        "object-error": errors,
        "solved": chi2[0] <= BARS["chi2"] and errors[0] <= BARS["object-error"],
        "starts_solved": sum(
            c <= BARS["chi2"] and e <= BARS["object-error"] for c, e in zip(chi2, errors, strict=True)
        ),
        "seconds": result.seconds,
        "seconds_with_measuring": time.perf_counter() - began,
        **read_by(problem),
    }


def one(task: tuple[int, int, tuple[str, ...], str, int]) -> list[dict[str, Any]]:
    """Run the protocols on one object, the paper's for as many seconds as ours took."""
    size, number, protocols, device, threads = task
    torch.set_num_threads(threads)
    keep_freed_memory()
    rows = []
    if "own" in protocols:
        own = {"name": "deep-prior", "steps": STEPS.get(size, 3000), **OWN.get(size, {})}
        rows.append({"protocol": "own", **reconstructed(size, number, own, STARTS.get(size, 4), device)})
    if "paper" in protocols:
        paper = {"name": "deep-prior", "protocol": "paper"}
        trial = reconstructed(size, number, {**paper, "steps": 6}, 1, device)
        steps = 6 * rows[0]["seconds"] / trial["seconds"] if rows else 400
        rows.append(
            {"protocol": "paper", **reconstructed(size, number, {**paper, "steps": max(10, round(steps))}, 1, device)}
        )
    for row in rows:
        print(
            f"{size}³ object {number}, {row['protocol']:>5}: {row['starts']} × {row['steps']} steps, "
            f"{row['seconds']:.0f} s: χ² {row['chi2'][0]:.1e}, error {row['object-error'][0]:.3f} "
            f"(flat phase {row['flat_phase_error']:.3f}, twin mixture {row['twin_mixture_error']:.3f}), "
            f"{row['starts_solved']} of {row['starts']} starts solved",
            flush=True,
        )
    return rows


def main() -> None:
    """Run all objects on as many processes as there are cores, one thread each."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[32, 64])
    parser.add_argument("--objects", type=int, nargs="+", default=[10, 3])
    parser.add_argument("--protocols", nargs="+", default=["own", "paper"])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--add", action="store_true", help="keep the rows of the result file that are not run again")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    shared = (tuple(options.protocols), options.device, options.threads)
    tasks = [
        (size, number, *shared)
        for size, count in zip(options.sizes, options.objects, strict=True)
        for number in range(count)
    ]
    name = "deep_prior" if options.device == "cpu" else f"deep_prior-{options.device}"
    out = options.out or RESULTS / f"{name}.json"
    rows = json.loads(out.read_text(encoding="utf-8"))["rows"] if options.add else []
    with ProcessPoolExecutor(options.workers) as pool:
        for found in pool.map(one, tasks):
            new = {place(row) for row in found}
            rows = sorted([*(row for row in rows if place(row) not in new), *found], key=place)
            write(name, {"bars": BARS, "workers": options.workers, "summary": summary(rows), "rows": rows}, out)
    print(json.dumps(summary(rows), ensure_ascii=False))


def place(row: dict[str, Any]) -> tuple[int, str, int]:
    return row["size"], row["protocol"], row["object"]


def summary(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the number of solved objects for each size and protocol."""
    kinds: dict[tuple[int, str], list[bool]] = {(row["size"], row["protocol"]): [] for row in rows}
    for row in rows:
        kinds[row["size"], row["protocol"]].append(row["solved"])
    return [
        {"size": size, "protocol": protocol, "solved": sum(solved), "objects": len(solved)}
        for (size, protocol), solved in kinds.items()
    ]


if __name__ == "__main__":
    main()
