"""Measured data: iterations until R is as low as the classical one, from the trained network and from random starts.

The chain of examples/measured-64.yaml (and, asked for, of examples/gold-34idc.yaml) runs as it is, from its own random
starts and from `cnn`, whose answer also gives the first support; and, since a chain that lasts for hundreds of
iterations need not be the best use of a good start, its last part alone does too. R over voxels above 10 counts, taken
every 10 iterations, is compared with that of the recipe's best start at its end, plus a tenth. The data are not part of
phasekit; a recipe whose file is absent is left out. Writes benchmarks/results/cnn_measured.json.

    python benchmarks/cnn_measured.py [--only measured-64] [--weights crystal-32] [--seeds 8] [--out FILE]
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch
from figures import write

from phasekit import solve
from phasekit.core.result import Result
from phasekit.core.solver import Solver
from phasekit.recipes.loader import load
from phasekit.runtime.errors import InputError
from phasekit.solving.task import SolveTask

HERE = Path(__file__).parent
SLACK = 1.1
"""How much above the classical R still counts as reached: starts differ by some hundredths."""
SUPPORT = {"name": "shrinkwrap", "reference": "rms", "threshold": 0.15, "sigma": 2}
"""Makes the first support of the network's answer."""
SHORT: list[Any] = [
    {
        "repeat": 10,
        "solvers": [
            {"name": "hio", "steps": 20},
            {
                "name": "shrinkwrap",
                "reference": "rms",
                "threshold": 0.15,
                "sigma": {"name": "linear", "start": 1.3, "stop": 0.7},
            },
        ],
    },
    {"name": "er", "steps": 50},
]
"""A shorter chain, for good starts; random ones run it too."""


def reached(result: Result, goal: float) -> list[int | None]:
    """Return for each start after how many iterations its R was first at the goal; None where it never was."""
    found: list[int | None] = []
    for seed in sorted(result.seeds):
        rows = [row for row in result.history if row.seed == seed and row.metrics["r-factor"] <= goal]
        found.append(rows[0].step if rows else None)
    return found


def figures_of(result: Result, goal: float) -> dict[str, Any]:
    steps = reached(result, goal)
    there = sorted(step for step in steps if step is not None)
    return {
        "starts": len(steps),
        "reached_goal": len(there),
        "iterations_to_goal": steps,
        "median_iterations": there[(len(there) - 1) // 2] if 2 * len(there) > len(steps) else None,
        "final_r": [float(v) for v in result.final["r-factor"]],
        "support_percent": [100 * float(s.float().mean()) for s in result.support],
    }


def one(name: str, weights: str, seeds: int) -> dict[str, Any]:
    """Run one recipe's data from both kinds of start, with the recipe's chain and the shorter one."""
    recipe = load(HERE.parent / "examples" / f"{name}.yaml").task_of(SolveTask)
    keywords = recipe.keywords() | {"metrics": ["r-factor"], "rank": "r-factor", "held_out": 0.0, "batch": 1}
    answer = [{"name": "cnn", "weights": weights}, SUPPORT]
    rows: dict[str, Any] = {}
    classical = solve(**keywords | {"seeds": seeds})
    goal = SLACK * float(classical.final["r-factor"][0])
    rows["recipe_random"] = figures_of(classical, goal)
    cases = {
        "recipe_cnn": ([*answer, recipe.solver], 1),
        "shorter_random": (SHORT, seeds),
        "shorter_cnn": ([*answer, *SHORT], 1),
    }
    for case, (solver, count) in cases.items():
        result = solve(**keywords | {"solver": Solver.resolve(solver), "seeds": count})
        rows[case] = figures_of(result, goal)
        if "cnn" in case:
            kept = {key: float(values[0]) for key, values in result.diagnostics.items() if values.ndim == 1}
            rows[case]["answer"] = kept
    for case, row in rows.items():
        print(
            f"{name}, {case}: R ≤ {goal:.4f} in {row['reached_goal']} of {row['starts']} starts, after "
            f"{row['median_iterations']} iterations (median); R {min(row['final_r']):.4f}",
            flush=True,
        )
    return {"goal": goal, "rows": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="*", default=["measured-64"])
    parser.add_argument("--weights", default="crystal-32")
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(min(torch.get_num_threads(), 2))
    found = {}
    for name in options.only:
        try:
            found[name] = one(name, options.weights, options.seeds)
        except InputError as error:
            print(f"{name} is left out: {error}")
    write("cnn_measured", {"weights": options.weights, "slack": SLACK, "data": found}, options.out)


if __name__ == "__main__":
    main()
