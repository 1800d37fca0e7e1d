"""The 68 % intervals of the phase: factors fitted on some objects, the coverage measured on the suite's noisy problems.

Each problem is solved from several starts by two chains; the true phase of each voxel inside the object should lie
within one standard deviation of that of the mean of the starts for 68 % of the voxels. The two factors of
phasekit.analysis.uncertainty are fitted on objects that the suite does not have, in arrays of 32³ and of 64³, which
count alike: that on the drift so that the mean coverage is 68 %, that on the photon noise so that the coverages scatter
least. Then
they are judged, once, by all of the suite's noisy problems at both sizes that a solver has solved. Writes
benchmarks/results/coverage.json.

    python benchmarks/interval_coverage.py [--sides 32 64] [--seeds 6] [--out FILE]
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from figures import write
from torch import Tensor

from phasekit import compare
from phasekit.analysis.uncertainty import DRIFT_FACTOR, NOISE_FACTOR, comparable, misfit, phase_deviation
from phasekit.comparing.comparison import Entry
from phasekit.comparing.suite import CHAINS, NOISY, PROBLEMS, VERSION, problems

CONFIDENCE = 0.6827
SOLVERS = {name: CHAINS[name] for name in ("hio", "raar")}
SOLVED = 0.35
"""Object error of the best start above which a solver has not found the object: nothing is said of its phase."""
OTHERS = {32: (301, 302, 303, 304, 305, 306), 64: (301, 302)}
"""Side -> what is added to the suite's seeds for the objects that the factors are fitted on."""
NOISES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Factors on the photon noise that are tried."""


@dataclass(frozen=True)
class Judged:
    """What one solver's agreeing starts made of one problem, in the judged voxels."""

    off: Tensor
    """(voxels,) misfit of the phase, radians."""
    object: Tensor
    """(voxels,) the mean."""
    drift: float
    starts: int

    def coverage(self, factors: tuple[float, float]) -> float:
        """Return the part of the voxels whose true phase lies within one standard deviation."""
        deviation = phase_deviation(self.object, self.drift, self.starts, *factors)
        return float((self.off.abs() <= deviation).double().mean())


Found = Mapping[tuple[int, str, str], Judged]
"""(side, problem, solver) -> what is judged."""


def solved(side: int, sources: Mapping[str, Mapping[str, Any]], seeds: int) -> Found:
    """Return what is judged of every problem that a solver has solved."""
    found = {}
    for name, source in sources.items():
        comparison = compare(source, SOLVERS, seeds=seeds)
        truth = comparison.contest.problems["problem"].truth
        for entry in comparison.entries:
            one = None if truth is None else _judged(entry, truth)
            if one is not None:
                found[side, name, entry.solver] = one
                print(f"{side}³, {name}, {entry.solver}: drift {one.drift:.3g}, {one.starts} starts agree", flush=True)
    return found


def _judged(entry: Entry, truth: Tensor) -> Judged | None:
    best, ensemble = entry.spread("object-error"), entry.ensemble
    if ensemble is None or best is None or best.best > SOLVED:
        return None
    where = comparable(ensemble.agreed, truth, ensemble.support)
    if where is None:
        return None
    off = misfit(ensemble.agreed, truth, where)
    return Judged(off, ensemble.agreed[where], ensemble.drift, ensemble.agreeing)


def others(side: int) -> dict[str, dict[str, Any]]:
    """Return problems like the suite's noisy ones, of other objects."""
    return {
        f"{name}, object {seed}": {**source, "seed": seed + PROBLEMS[name]["seed"]}
        for seed in OTHERS[side]
        for name, source in problems(side, NOISY).items()
    }


def summary(found: Found, factors: tuple[float, float]) -> dict[str, Any]:
    """Return the coverage: mean and standard deviation, in which the sides count alike, and of every pair."""
    values = {key: one.coverage(factors) for key, one in found.items()}
    sides = {
        side: [v for key, v in values.items() if key[0] == side] for side in dict.fromkeys(key[0] for key in values)
    }
    means = {side: sum(of) / len(of) for side, of in sides.items()}
    mean = sum(means.values()) / len(means)
    squares = [sum((v - mean) ** 2 for v in of) / len(of) for of in sides.values()]
    return {
        "drift_factor": factors[0],
        "noise_factor": factors[1],
        "mean": mean,
        "standard_deviation": math.sqrt(sum(squares) / len(squares)),
        "mean_by_side": {str(side): value for side, value in means.items()},
        "pairs": [
            {"problem": problem, "side": side, "solver": solver, "coverage": value}
            for (side, problem, solver), value in values.items()
        ],
    }


def fit(found: Found) -> tuple[float, float]:
    """Return the factors on drift and photon noise: a mean coverage of 68 %, with the least scatter."""
    tried = []
    for noise in NOISES:
        low, high = 0.01, 100.0
        for _ in range(50):
            middle = math.sqrt(low * high)
            short = summary(found, (middle, noise))["mean"] < CONFIDENCE
            low, high = (middle, high) if short else (low, middle)
        tried.append((summary(found, (low, noise))["standard_deviation"], low, noise))
    return min(tried)[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sides", type=int, nargs="+", default=sorted(OTHERS), choices=sorted(OTHERS))
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    fitted: dict[tuple[int, str, str], Judged] = {}
    suite: dict[tuple[int, str, str], Judged] = {}
    for side in options.sides:
        fitted |= solved(side, others(side), options.seeds)
    factors = fit(fitted)
    fine = ", ".join(f"{one:.3g}" for one in factors)
    print(f"fitted on {len(fitted)} pairs of other objects: {fine} (phasekit has {DRIFT_FACTOR:g}, {NOISE_FACTOR:g})")
    for side in options.sides:
        suite |= solved(side, problems(side, NOISY), options.seeds)
    found = {
        "suite": VERSION,
        "seeds": options.seeds,
        "fitted": summary(fitted, factors),
        "judged_fitted_factors": summary(suite, factors),
        "judged_phasekit_factors": summary(suite, (DRIFT_FACTOR, NOISE_FACTOR)),
    }
    for name in ("fitted", "judged_fitted_factors", "judged_phasekit_factors"):
        part = found[name]
        print(f"{name}: mean {part['mean']:.3f}, standard deviation {part['standard_deviation']:.3f}", flush=True)
        for pair in part["pairs"]:
            print(f"  {pair['problem']}, {pair['side']}³, {pair['solver']}: {pair['coverage']:.3f}")
    write("coverage", found, options.out)


if __name__ == "__main__":
    main()
