"""The paper's headline: (L3 + L4) / 2 on a noise-free 64³ pattern, from random weights, with time and curve.

The paper tells 2·10⁻⁶ after 4·10⁴ steps, 28.67 ms each, and 3.19 h, which do not agree: it is 19 minutes. Runs the
paper's network under its own protocol and under phasekit's, and phasekit's decoder; says ms per step, and when the loss
was first at 2·10⁻⁶, if it was. Meant for a GPU. Writes benchmarks/results/deep_prior_headline-DEVICE.json.

    python benchmarks/deep_prior_headline.py [--device cuda] [--steps 40000] [--size 64] [--weights FILE]
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from figures import read_by, write

from phasekit import solve
from phasekit.core.source import load_problem
from phasekit.runtime.allocator import keep_freed_memory
from phasekit.runtime.device import choose_device

GOAL = 2e-6
RUNS: dict[str, dict[str, Any]] = {
    "the paper's network and protocol": {"protocol": "paper"},
    "the paper's network, phasekit's protocol": {"network": {"name": "paper", "output": "sigmoid"}},
    "phasekit's decoder and protocol": {"network": {"name": "decoder", "channels": [32, 32, 16, 16]}},
}


def main() -> None:
    """Run each once and print a line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--device", default="auto")
    parser.add_argument("--steps", type=int, default=40_000)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--object", type=int, default=0)
    parser.add_argument("--weights", type=Path, help="trained weights of the paper's network to begin from, too")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    keep_freed_memory()
    source = {"name": "simulation", "generator": "superellipsoid", "shape": [options.size] * 3, "seed": options.object}
    problem, rows = load_problem(source), []
    runs = dict(RUNS)
    if options.weights is not None:
        runs["the paper's, from trained weights"] = {"protocol": "paper", "weights": options.weights}
    for name, extra in runs.items():
        solver = {"name": "deep-prior", **extra, "steps": options.steps}
        result = solve(problem, solver, metrics=["pearson", "chi2", "object-error"], rank="chi2", device=options.device)
        curve = [(row.step, row.seconds, (row.metrics["pearson"] + row.metrics["chi2"]) / 2) for row in result.history]
        reached = next(((step, seconds) for step, seconds, loss in curve if loss <= GOAL), None)
        row = {
            "name": name,
            "steps": options.steps,
            "ms_per_step": 1e3 * result.seconds / options.steps,
            "loss": curve[-1][2],
            "object-error": float(result.final["object-error"][0]),
            "goal_step_and_seconds": reached,
            "curve (step, seconds, loss)": curve,
        }
        rows.append(row)
        when = f"{GOAL:g} after {reached[0]} steps, {reached[1]:.0f} s" if reached else f"{GOAL:g} not reached"
        print(
            f"{name}: {row['ms_per_step']:.2f} ms per step, loss {row['loss']:.1e} in the end, {when}, "
            f"object error {row['object-error']:.4f}",
            flush=True,
        )
    device = choose_device(options.device).type
    found = {"goal": GOAL, "size": options.size, "reference_errors": read_by(problem), "rows": rows}
    write(f"deep_prior_headline-{device}", found, options.out)


if __name__ == "__main__":
    main()
