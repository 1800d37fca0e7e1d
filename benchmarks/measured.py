"""Measured data: R, support, connectedness, and whether two disjoint sets of 8 seeds find the same object.

Runs recipes of examples/ with seeds 0–7 and 8–15; the deep prior's object is compared with that of the classical solver
on the same data, too. The data are not part of phasekit; a recipe whose data are absent is left out. Writes
benchmarks/results/measured.json.

    python benchmarks/measured.py [--only gold-34idc measured-64] [--out FILE]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from figures import write
from scipy import ndimage

from phasekit import solve
from phasekit.core.result import Result
from phasekit.numerics.registration import align
from phasekit.recipes.loader import load
from phasekit.runtime.allocator import keep_freed_memory
from phasekit.runtime.errors import InputError

HERE = Path(__file__).parent
BARS = {
    "gold-34idc": {"r-factor": 0.126, "support_percent": 0.7},
    "measured-64": {"r-factor": 0.075, "support_percent": 2.0},
    "deep-prior-64": {"r-factor": 0.0719, "support_percent": 1.41, "classical_correlation": 0.95},
}
"""Recipe -> goals; for the deep prior the values of the classical solver: R + 0.01, its support."""
CLASSICAL = {"deep-prior-64": "measured-64"}
"""Recipe -> recipe of a classical solver on the same data."""


def judged(result: Result) -> dict[str, Any]:
    """Return the figures of the start ranked first; R once more in plain numpy."""
    object, problem = result.best.numpy(), result.problem
    pieces, count = ndimage.label(result.support[0].numpy())
    energy = np.abs(object) ** 2
    largest = max(float(energy[pieces == k].sum()) for k in range(1, count + 1))
    sensitivity = 1.0 if problem.sensitivity is None else problem.sensitivity.numpy()
    judged = problem.valid.numpy() & (problem.intensity.numpy() * sensitivity > 10)
    measured = np.sqrt(problem.intensity.numpy()[judged])
    predicted = np.abs(np.fft.ifftn(object, norm="ortho"))[judged]
    return {
        "ranked_by": result.rank,
        "seed": result.seeds[0],
        **{name: float(values[0]) for name, values in result.final.items()},
        "r_factor_numpy": float(np.abs(predicted - measured).sum() / measured.sum()),
        "r_factor_all_starts": result.final["r-factor"].tolist(),
        "support_percent": 100 * float(result.support[0].float().mean()),
        "energy_in_one_piece_percent": 100 * largest / float(energy.sum()),
        "agreeing": len(result.agreeing),
        "seconds": result.seconds,
    }


def alike(one: Result, other: Result) -> float:
    """Return Pearson's correlation of the moduli of two best objects over the whole array, after alignment."""
    moved = align(other.best, one.best).apply(other.best)
    return float(np.corrcoef(one.best.abs().numpy().ravel(), moved.abs().numpy().ravel())[0, 1])


def main() -> None:
    """Run both recipes and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", choices=sorted(BARS), nargs="+", default=["gold-34idc", "measured-64"])
    parser.add_argument("--device", default="auto")
    parser.add_argument("--set", action="append", default=[], dest="sets")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    keep_freed_memory()
    rows: dict[str, Any] = {}
    best: dict[str, Result] = {}
    for name in options.only:
        results = []
        for first in (0, 8):
            sets = [f"seeds={list(range(first, first + 8))}", f"device={options.device}", *options.sets]
            try:
                recipe = load(HERE.parent / "examples" / f"{name}.yaml", sets).recipe
            except InputError as error:
                print(f"{name}: left out: {error}")
                break
            results.append(solve(**recipe.keywords()))
            print(f"{name}, seeds {first}–{first + 7}: " + json.dumps(judged(results[-1])), flush=True)
        if len(results) == 2:
            correlation = alike(*results)
            rows[name] = {
                "bar": BARS[name],
                "sets": [judged(r) for r in results],
                "object_correlation": correlation,
            }
            best[name] = results[0]
            if (other := CLASSICAL.get(name)) in best:
                rows[name] |= {"classical": other, "classical_correlation": alike(best[other], results[0])}
            print(f"{name}: correlation of |object| between the sets: {correlation:.4f}", flush=True)
    write("measured", {"rows": rows}, options.out)


if __name__ == "__main__":
    main()
