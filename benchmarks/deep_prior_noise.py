"""The deep prior and photon noise: whether its validation voxels choose the state to keep, before noise is fitted.

Ten crystals at 32³ (object k is `source.seed=k`) at few counts, run far past their best state. The error of the object
is measured along the way; beside the best of the trajectory stand the last state and the one that the solver keeps by
the likelihood of its own validation voxels (`keep: best`). Counted are objects whose last state is 25 % worse than the
best, and those where the kept one is within 10 % of it. The true shape with flat phase is what to read errors by.
Writes benchmarks/results/deep_prior_noise.json.

    python benchmarks/deep_prior_noise.py [--first 0] [--objects 10] [--photons 3000] [--steps 2500]
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import torch
from figures import object_error, read_by, write

from phasekit import Problem, State
from phasekit.runtime.allocator import keep_freed_memory
from phasekit.solving.solve import prepare
from phasekit.solving.task import SolveTask
from phasekit_plugins.solvers.deep_prior.descent import Descent
from phasekit_plugins.solvers.deep_prior.solver import DeepPrior
from phasekit_plugins.solvers.deep_prior.state import DeepPriorState

BARS = {"last_over_best": 1.25, "kept_over_best": 1.10}
WANTED = {"overfitted": 5, "kept_well": 8}
EVERY = 20
"""Steps between two measurements of the error."""
SOLVER: dict[str, Any] = {
    "name": "deep-prior",
    "network": {"name": "decoder", "channels": [32, 32, 32]},
    "noise": {"name": "steps", "start": 3.0, "factor": 0.8, "period": 30},
    # It rises, so that what a patient run would do to the object is seen in minutes.
    "rate": {"name": "exponential", "start": 0.003, "stop": 0.04},
    "coarse_first": 0.12,
    "tries": 3,
    "cull_at": 0.16,
    "validation": 0.1,
}


def source(number: int, photons: float, span: float) -> dict[str, Any]:
    generator = {"name": "crystal", "phase_span": span}
    return {"name": "simulation", "generator": generator, "shape": [32] * 3, "seed": number, "photons": photons}


def followed(problem: Problem, start: State, solver: DeepPrior) -> dict[str, Any]:
    """Run `solver`, which keeps the last weights, and return the errors of its states and of what it would keep."""
    curve, state = [], start
    for state in solver.run(problem, start, EVERY):
        curve.append((state.step, object_error(problem, state.object[0])))
    assert isinstance(state, DeepPriorState)
    chooser = solver.model_copy(update={"keep": "best"})
    kept = Descent(chooser, problem, state).state()
    step, best = min(curve, key=lambda point: point[1])
    return {
        "best": best,
        "best_at_step": step,
        "last": curve[-1][1],
        "kept": object_error(problem, kept.object[0]),
        "kept_at_step": int(state.diagnostics["best at step"][0]),
        "curve": curve,
    }


def one(number: int, options: argparse.Namespace) -> dict[str, Any]:
    """Reconstruct one object and return its row."""
    torch.set_num_threads(1)
    keep_freed_memory()
    solver = {**SOLVER, "steps": options.steps, "keep": "last"}
    job = prepare(SolveTask.of(source=source(number, options.photons, options.span), solver=solver))
    assert isinstance(job.solver, DeepPrior)
    began = time.perf_counter()
    found = followed(job.problem, job.begin((0,)), job.solver)
    row = {
        "object": number,
        **found,
        "last_over_best": found["last"] / found["best"],
        "kept_over_best": found["kept"] / found["best"],
        **read_by(job.problem),
        "seconds": time.perf_counter() - began,
    }
    print(
        f"object {number}: best {row['best']:.3f} at step {row['best_at_step']}, last {row['last']:.3f} "
        f"({row['last_over_best']:.2f} ×), kept {row['kept']:.3f} of step {row['kept_at_step']} "
        f"({row['kept_over_best']:.2f} ×), flat phase {row['flat_phase_error']:.3f}, {row['seconds']:.0f} s",
        flush=True,
    )
    return row


def main() -> None:
    """Run all objects on as many processes as there are cores, one thread each."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--objects", type=int, default=10)
    parser.add_argument("--photons", type=float, default=3000)
    parser.add_argument("--span", type=float, default=1.0)
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    numbers = range(options.first, options.first + options.objects)
    with ProcessPoolExecutor(options.workers) as pool:
        rows = list(pool.map(partial(one, options=options), numbers))
    summary = {
        "objects": len(rows),
        "overfitted": sum(row["last_over_best"] >= BARS["last_over_best"] for row in rows),
        "kept_well": sum(row["kept_over_best"] <= BARS["kept_over_best"] for row in rows),
        "better_than_flat_phase": sum(row["best"] < row["flat_phase_error"] for row in rows),
    }
    print(summary)
    setting = {"photons": options.photons, "phase_span": options.span, "steps": options.steps, "solver": SOLVER}
    write(
        "deep_prior_noise", {"bars": BARS, "wanted": WANTED, **setting, "summary": summary, "rows": rows}, options.out
    )


if __name__ == "__main__":
    main()
