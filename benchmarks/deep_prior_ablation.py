"""What each choice in the deep prior brings: one changed at a time, on the same objects and seeds.

Superellipsoids at 32³, noise-free; solved means χ² ≤ 3e-4 and object error ≤ 0.10 in the steps given. Writes
benchmarks/results/deep_prior_ablation.json.

    python benchmarks/deep_prior_ablation.py [--objects 0 4 5 7] [--seeds 1] [--steps 2500]
"""

from __future__ import annotations

import argparse
import statistics
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import torch
from deep_prior import BARS, source
from figures import read_by, write

from phasekit import solve
from phasekit.core.source import load_problem
from phasekit.numerics.statistics import wilson
from phasekit.runtime.allocator import keep_freed_memory


def decoder(**options: Any) -> dict[str, Any]:
    return {"network": {"name": "decoder", **options}}


def fading(start: float) -> dict[str, Any]:
    return {"noise": {"name": "power", "start": start, "stop": 0.0, "exponent": 2}}


QUARTER = {"name": "chi2", "power": 0.25}
ROWS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "amplitude by softplus": decoder(output="softplus"),
    "amplitude by ReLU": decoder(output="relu"),
    "real and imaginary part": decoder(output="real-imaginary"),
    "encoder and decoders (paper's, 8-16-32)": {
        "network": {"name": "paper", "channels": [8, 16, 32], "output": "sigmoid"}
    },
    "no normalisation": decoder(norm="none"),
    "linear upsampling": decoder(upsample="linear"),
    "32 channels on every level": decoder(channels=[32, 32, 32]),
    "no noise on the code": {"noise": 0.0},
    "noise from 1": fading(1.0),
    "all of the data from the start": {"coarse_first": 0.0},
    "loss χ² alone": {"losses": ["chi2"]},
    "loss on I^(1/4)": {"losses": [QUARTER]},
    "loss from I^(1/4) to χ²": {
        "losses": [
            {**QUARTER, "weight": {"name": "linear", "start": 1.0, "stop": 0.0}},
            {"name": "chi2", "weight": {"name": "linear", "start": 0.0, "stop": 1.0}},
        ]
    },
    "Pearson's weight from 10⁴ to 1": {
        "losses": [{"name": "pearson", "weight": {"name": "weibull", "start": 1e4, "stop": 1.0}}, "chi2"]
    },
    "rate 1e-2": {"rate": {"name": "cosine", "start": 1e-2, "stop": 0.0}},
    "support redrawn (shrinkwrap)": {"gate": {"name": "shrinkwrap", "reference": "rms", "threshold": 0.3}},
    "three tries, culled at 40 %": {"tries": 3},
}


def one(task: tuple[str, tuple[int, ...], int, int]) -> dict[str, Any]:
    """Run one row on all objects."""
    name, objects, seeds, steps = task
    torch.set_num_threads(1)
    keep_freed_memory()
    starts, seconds = [], 0.0
    for number in objects:
        problem = load_problem(source(32, number))
        solver = {"name": "deep-prior", "steps": steps, **ROWS[name]}
        result = solve(problem, solver, seeds=seeds, batch=1, metrics=["chi2", "object-error"])
        seconds += result.seconds
        found = zip(result.seeds, *(result.final[key].tolist() for key in ("chi2", "object-error")), strict=True)
        starts += [{"object": number, "seed": seed, "chi2": chi2, "object-error": error} for seed, chi2, error in found]
    solved = sum(row["chi2"] <= BARS["chi2"] and row["object-error"] <= BARS["object-error"] for row in starts)
    row = {
        "name": name,
        "solved": solved,
        "starts": len(starts),
        "interval_95": wilson(solved, len(starts)),
        "median_chi2": statistics.median(row["chi2"] for row in starts),
        "median_object_error": statistics.median(row["object-error"] for row in starts),
        "ms_per_step": 1e3 * seconds / len(starts) / steps,
        "rows": starts,
    }
    print(
        f"{name:>40}: {solved} of {len(starts)} solved, median χ² {row['median_chi2']:.1e}, "
        f"median error {row['median_object_error']:.3f}, {row['ms_per_step']:.1f} ms",
        flush=True,
    )
    return row


def main() -> None:
    """Run every row."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--objects", type=int, nargs="+", default=[0, 4, 5, 7])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--only", nargs="+", default=list(ROWS))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    tasks = [(name, tuple(options.objects), options.seeds, options.steps) for name in options.only]
    read = {number: read_by(load_problem(source(32, number))) for number in options.objects}
    rows: list[dict[str, Any]] = []
    with ProcessPoolExecutor(options.workers) as pool:
        for row in pool.map(one, tasks):
            rows.append(row)
            found = {"bars": BARS, "steps": options.steps, "reference_errors": read, "rows": rows}
            write("deep_prior_ablation", found, options.out)


if __name__ == "__main__":
    main()
