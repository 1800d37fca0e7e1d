"""The 68 % intervals of the phase: a factor fitted on some problems, the coverage measured on the suite's.

Each problem is solved from several starts by two chains; the true phase of each voxel inside the object should lie
within one standard deviation of that of the mean of the starts for 68 % of the voxels. The factor on the scatter of the
starts is fitted on objects that the suite does not have. Writes benchmarks/results/coverage.json.

    python benchmarks/coverage.py [--side 32] [--seeds 6] [--out FILE]
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import torch
from figures import write

from phasekit import Comparison, compare
from phasekit.suite import CHAINS, NOISY, PROBLEMS, problems
from phasekit.uncertainty import SPREAD_FACTOR, strangeness

CONFIDENCE = 0.6827
SOLVERS = {name: CHAINS[name] for name in ("hio", "raar")}
SOLVED = 0.35
"""Object error of the best start above which a solver has not found the object: nothing is said of its phase."""
OTHERS = (301, 302, 303)
"""Seeds of the objects that the factor is fitted on, none of them the suite's."""


def others(side: int) -> dict[str, Any]:
    """Return problems like the suite's noisy ones, of other objects."""
    found = {}
    for name, told in problems(side, NOISY).items():
        for seed in OTHERS:
            found[f"{name}, object {seed}"] = {**told, "seed": seed + PROBLEMS[name]["seed"]}
    return found


def parts(comparison: Comparison) -> dict[tuple[str, str], tuple[torch.Tensor, ...]]:
    """Return misfit, spread and noise of the judged voxels of every problem that a solver has solved."""
    found = {}
    for entry in comparison.entries:
        best = entry.spread("object-error")
        truth = comparison.contest.problems[entry.problem].truth
        if entry.portrait is None or best is None or best.best > SOLVED or truth is None:
            continue
        portrait = entry.portrait
        one = strangeness(portrait.agreed, portrait.agreed_spread, truth, portrait.support)
        if len(one[0]):
            found[entry.problem, entry.solver] = one
    return found


def covered(found: dict[tuple[str, str], tuple[torch.Tensor, ...]], factor: float) -> dict[tuple[str, str], float]:
    """Return the coverage of each problem and solver."""
    return {
        key: float((off.square() <= factor**2 * spread.square() + noise.square()).double().mean())
        for key, (off, spread, noise) in found.items()
    }


def fit(found: dict[tuple[str, str], tuple[torch.Tensor, ...]]) -> float:
    """Return the factor at which the mean coverage over problems is 68 %."""
    low, high = 0.01, 20.0
    for _ in range(60):
        middle = math.sqrt(low * high)
        values = covered(found, middle).values()
        low, high = (middle, high) if sum(values) / len(values) < CONFIDENCE else (low, middle)
    return low


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--side", type=int, default=32)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    fitted = parts(compare(problems=others(options.side), solvers=SOLVERS, seeds=options.seeds))
    factor = fit(fitted)
    print(f"fitted on {len(fitted)} of other objects: factor {factor:.3g} (phasekit has {SPREAD_FACTOR:g})", flush=True)
    judged = parts(compare(problems=problems(options.side, NOISY), solvers=SOLVERS, seeds=options.seeds))
    told: dict[str, Any] = {"side": options.side, "seeds": options.seeds, "fitted on": len(fitted), "factor": factor}
    for name, one in (("fitted factor", factor), ("phasekit's factor", SPREAD_FACTOR)):
        values = covered(judged, one)
        mean = sum(values.values()) / len(values)
        told[f"coverage, {name}"] = {
            "factor": one,
            "mean": mean,
            "problems": {f"{problem}, {solver}": value for (problem, solver), value in values.items()},
        }
        print(f"{name} {one:.3g}: coverage {mean:.3f} over {len(values)}", flush=True)
        for (problem, solver), value in values.items():
            print(f"  {problem:>16}, {solver}: {value:.3f}")
    write("coverage", told, options.out)


if __name__ == "__main__":
    main()
