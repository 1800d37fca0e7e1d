"""The paper's Fig. 5: 100 starts of its iterative protocol beside the deep prior, and what a start of many costs.

Runs examples/paper-figure-5.yaml (an interrupted run continues) and records its table, its histograms of χ² and Pearson
coefficient, and whether the two solvers can be distinguished; without the measured data only the crystal. Then it times
one start alone and starts in batches as large as those of the 100, in turn on one thread.
Writes benchmarks/results/paper_figure_5.json.

    python benchmarks/paper_figure_5.py [--folder runs/paper-figure-5] [--seeds 100 10] [--rounds 3] [--out FILE]
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from figures import write

from phasekit import Comparison, InputError, solve
from phasekit.comparing.figures import figures_of
from phasekit.recipes.loaded import LoadedRecipe
from phasekit.recipes.loader import load
from phasekit.runs.comparison_folder import ComparisonFolder
from phasekit.runs.comparison_run import compare_loaded
from phasekit.runs.prepare import prepare_contest_of

EXAMPLE = Path(__file__).parent.parent / "examples" / "paper-figure-5.yaml"
BARS = {"cost_of_many_over_alone": 1.3}
METRICS = ("chi2", "pearson", "r-factor", "free-poisson")
BINS = 20


def figure(comparison: Comparison) -> dict[str, Any]:
    """Return histograms and p of every metric on every problem, beside what comparison.json has."""
    one, other = comparison.contest.solvers
    figures = figures_of(comparison)
    for problem, scope in figures["problems"].items():
        scope["histograms"], scope["p"] = {}, {}
        for metric in METRICS:
            values = {name: comparison.values(name, metric, problem) for name in (one, other)}
            edges = np.histogram_bin_edges([v for column in values.values() for v in column if np.isfinite(v)], BINS)
            counts = {name: np.histogram(column, edges)[0].tolist() for name, column in values.items()}
            scope["histograms"][metric] = {"edges": edges.tolist(), "counts": counts}
            scope["p"][metric] = comparison.difference(one, other, metric=metric, problem=problem)
    return figures


def cost(loaded: LoadedRecipe, rounds: int) -> dict[str, Any]:
    """Return seconds per start of the iterative protocol, alone and in a batch as the 100 have."""
    torch.set_num_threads(1)
    contest = prepare_contest_of(loaded)
    pair = contest.pairs()[0]
    size = len(contest.plan(pair).batches[0])
    job = contest.job(pair)
    found: dict[str, list[float]] = {"alone": [], "of_many": []}
    for number in range(rounds):
        for name, count in (("alone", 1), ("of_many", 2 * size)):
            seeds = range(number * count, (number + 1) * count)
            began = time.perf_counter()
            solve(job.problem, job.solver, start=job.start, seeds=[*seeds], metrics=["chi2"], device="cpu")
            found[name].append((time.perf_counter() - began) / count)
            print(f"{name}: {found[name][-1]:.2f} s per start", flush=True)
    alone, many = (statistics.median(found[name]) for name in ("alone", "of_many"))
    return {"batch": size, "seconds_per_start": found, "cost_of_many_over_alone": many / alone}


def crystal_alone(recipe: Path) -> Path:
    """Write the example without the measured data to a file, and return that."""
    head, _, rest = EXAMPLE.read_text(encoding="utf-8").partition("  measured:\n")
    recipe.parent.mkdir(parents=True, exist_ok=True)
    recipe.write_text(head + rest[rest.index("solvers:") :], encoding="utf-8")
    return recipe


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folder", type=Path, default=Path("runs/paper-figure-5"))
    parser.add_argument("--seeds", type=int, nargs=2, default=[100, 10])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    iterative, prior = options.seeds
    sets = [f"seeds={{iterative: {iterative}, deep prior: {prior}}}"]
    try:
        loaded = load(EXAMPLE, sets)
    except InputError as error:
        print(f"the crystal alone: {error}")
        loaded = load(crystal_alone(options.folder.with_suffix(".yaml")), sets)
    began = time.perf_counter()
    comparison = compare_loaded(loaded, ComparisonFolder(options.folder), resume=True)
    found = {"bars": BARS, "minutes": (time.perf_counter() - began) / 60, **figure(comparison)}
    for problem, scope in found["problems"].items():
        for solver, row in scope["solvers"].items():
            medians = ", ".join(f"{m} {row['metrics'][m]['median']:.4g}" for m in METRICS)
            print(f"{problem}, {solver}: {row['starts']} starts, {medians}, {row['seconds_per_start']:.2f} s per start")
        print(f"{problem}: p of both being the same: " + ", ".join(f"{m} {p:.2g}" for m, p in scope["p"].items()))
    found["cost"] = cost(loaded, options.rounds)
    write("paper_figure_5", found, options.out)


if __name__ == "__main__":
    main()
