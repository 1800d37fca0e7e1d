"""Transfer: the deep prior from trained weights and from random ones, on the same patterns.

Objects like those of the training, which no training drew, noise-free. The network is the same from weights and from
random; the deep prior's own network, from random, stands beside them. Every case runs as many steps by its own
defaults: from weights the input has no noise, nothing is coarse at first, and the rate is a tenth. χ² and the modified
Pearson loss are taken on the way. Writes benchmarks/results/transfer.json.

    python benchmarks/transfer.py [--weights superellipsoid-32] [--objects 5] [--steps 1000] [--device cpu]
                                  [--goal 2e-6] [--out FILE]
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from figures import read_by, write

from phasekit import solve
from phasekit.core.source import load_problem
from phasekit.runtime.allocator import keep_freed_memory
from phasekit.training.library import library
from phasekit.training.weights import Weights

METRICS = ("chi2", "pearson", "object-error")
FIRST = 900_000
"""Seed of the first object."""


def curves(problem: Any, solver: dict[str, Any], device: str) -> dict[str, Any]:
    """Return what the metrics were on the way, and the seconds that it took."""
    result = solve(problem, solver, seeds=1, metrics=list(METRICS), rank="chi2", device=device)
    rows = [row for row in result.history if row.step]
    history = {name: [float(f"{row.metrics[name]:.4g}") for row in rows] for name in METRICS}
    kept = {name: float(values[0]) for name, values in result.final.items()}
    return {"steps": [row.step for row in rows], **history, "kept": kept, "seconds": result.seconds}


def reached(curve: dict[str, Any], metric: str, goal: float) -> int | None:
    """Return the first step at which a metric was at the goal."""
    return next((step for step, value in zip(curve["steps"], curve[metric], strict=True) if value <= goal), None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--weights", default="superellipsoid-32")
    parser.add_argument("--objects", type=int, default=5)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--goal", type=float, default=2e-6)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    keep_freed_memory()
    path = library()[options.weights][0] if options.weights in library() else Path(options.weights).resolve()
    weights = Weights.load(path)
    own = {"name": "deep-prior", "steps": options.steps}
    same = {**own, "network": weights.network.model_dump(mode="json")}
    cases = {
        "from_weights": {**same, "weights": str(path), "rate": {"name": "cosine", "start": 3e-4}},
        "from_random": same,
        "from_random_own_network": own,
    }
    rows = []
    for number in range(options.objects):
        source = {
            "name": "simulation",
            "generator": weights.about["generator"],
            "shape": list(weights.detector),
            "seed": FIRST + number,
        }
        problem = load_problem(source)
        row: dict[str, Any] = {"object": number, **read_by(problem)}
        for case, solver in cases.items():
            row[case] = curves(problem, solver, options.device)
            shown = {metric: reached(row[case], metric, options.goal) for metric in ("chi2", "pearson")}
            row[case]["first_step_at_goal"] = shown
            print(f"object {number}, {case}: {row[case]['kept']}, at {options.goal:g} after {shown}", flush=True)
        rows.append(row)
    facts = {"weights": options.weights, "steps": options.steps, "goal": options.goal, "device": options.device}
    write("transfer", {**facts, "rows": rows}, options.out)


if __name__ == "__main__":
    main()
