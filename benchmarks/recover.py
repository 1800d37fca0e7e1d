"""Known answers: how often the classical solvers find a simulated object again, and how well.

Ten superellipsoids by examples/superellipsoid.yaml (the paper's protocol) and ten faceted crystals by
examples/crystal.yaml, object k from `source.seed=k`. Writes benchmarks/results/recover.json.

    python benchmarks/recover.py [--objects 10] [--seeds 8] [--only superellipsoid] [--out FILE]
"""

from __future__ import annotations

import argparse
import math
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import torch
from figures import write

from phasekit import solve
from phasekit.numerics.statistics import wilson
from phasekit.recipes.loader import load
from phasekit.solving.task import SolveTask

HERE = Path(__file__).parent
BARS = {
    "superellipsoid": {"chi2": 1e-7, "object-error": 0.01},
    "crystal": {"object-error": 0.10},
}


def one(task: tuple[str, int, int, str]) -> dict[str, Any]:
    """Reconstruct one object from several starts, on one thread."""
    kind, number, seeds, device = task
    torch.set_num_threads(1)
    extra = ["batch=1"] if device == "cpu" else []
    recipe = load(
        HERE.parent / "examples" / f"{kind}.yaml",
        [f"source.seed={number}", f"seeds={seeds}", f"device={device}", *extra],
    )
    result = solve(**recipe.task_of(SolveTask).keywords())
    chi2, error = result.final["chi2"].tolist(), result.final["object-error"].tolist()
    bar = BARS[kind]
    solved = [c <= bar.get("chi2", math.inf) and e <= bar["object-error"] for c, e in zip(chi2, error, strict=True)]
    row = {
        "kind": kind,
        "object": number,
        "steps": recipe.task_of(SolveTask).solver.length(),
        "ranked_by": result.rank,
        "first": {"chi2": chi2[0], "object-error": error[0], "solved": solved[0]},
        "best_error": min(error),
        "flat_phase_error": next(iter(result.references.values())),
        "agreeing": len(result.agreeing),
        "first_support_percent": 100 * float(result.support[0].float().mean()),
        "starts_solved": sum(solved),
        "starts": len(solved),
        "errors": error,
        "chi2": chi2,
        "seconds": result.seconds,
    }
    print(
        f"{kind:>15} {number}: first χ² {chi2[0]:.1e} error {error[0]:.4f}, best error {min(error):.4f}, "
        f"flat phase {row['flat_phase_error']:.3f}, solved {sum(solved)}/{len(solved)}, {result.seconds:.0f} s",
        flush=True,
    )
    return row


def main() -> None:
    """Run all objects on as many processes as there are cores."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--objects", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--only", choices=sorted(BARS))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    kinds = [options.only] if options.only else list(BARS)
    tasks = [(kind, number, options.seeds, options.device) for kind in kinds for number in range(options.objects)]
    with ProcessPoolExecutor(options.workers) as pool:
        rows = list(pool.map(one, tasks))
    summary = {}
    for kind in kinds:
        mine = [row for row in rows if row["kind"] == kind]
        hits, tries = sum(row["starts_solved"] for row in mine), sum(row["starts"] for row in mine)
        low, high = wilson(hits, tries)
        firsts = sum(row["first"]["solved"] for row in mine)
        summary[kind] = {
            "bar": BARS[kind],
            "solved_by_first": firsts,
            "objects": len(mine),
            "success_per_start": hits / tries,
            "interval_95": [low, high],
            "starts": tries,
        }
        print(f"{kind}: {firsts} of {len(mine)} objects; per start {hits / tries:.2f} [{low:.2f}, {high:.2f}]")
    write("recover", {"summary": summary, "rows": rows}, options.out)


if __name__ == "__main__":
    main()
