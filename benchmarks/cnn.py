"""The trained network: its errors on fresh samples, refinement of its answers, novelty, speed.

Fresh samples are drawn with a seed that no training used. Each figure stands beside what to read it by. "Solved" is
χ² ≤ 1e-6 after ER and HIO from the network's answer, and from random phases, by the same chain of solvers; both begin
with a support from the start's own modulus. Writes benchmarks/results/cnn.json.

    python benchmarks/cnn.py [--weights superellipsoid-32] [--samples 200] [--only errors refine novelty speed]
                             [--out FILE]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from figures import write
from torch import Tensor

from phasekit import Generator, Geometry, Problem, Solver, State, fourier
from phasekit.core.grid import laboratory_grid
from phasekit.numerics.statistics import wilson
from phasekit.runtime.device import synchronize
from phasekit.training.augmentation import Augmentation
from phasekit.training.library import library
from phasekit.training.object_error import flat, mixture, nearer, object_errors, phase_errors
from phasekit.training.samples import Samples, Simulator
from phasekit.training.weights import Weights

FRESH = 20261127
"""The seed of the samples, used by no recipe."""
CHAIN: list[Any] = [
    {
        "repeat": 4,
        "solvers": [
            {"name": "hio", "steps": 15},
            {"name": "shrinkwrap", "reference": "rms", "threshold": 0.3, "sigma": 0.5},
        ],
    },
    {"name": "er", "steps": 40},
]
"""One lap of 100 iterations; more laps go on from there."""
SOLVED = 1e-6
EXACT = {"photons": None, "gaps": 0, "coherence": None, "centre": 0}
"""No fault of the data: errors and refinement are those on exact data."""
FACETS = {
    "name": "crystal",
    "planes": [6, 10],
    "radius": [0.18, 0.28],
    "edge_voxels": 0,
    "phase_span": 1.0,
    "correlation": 0.2,
}
LARGER = 1.6
"""How much larger than the training's the objects are whose data are oversampled too little."""


def simulator(weights: Weights, count: int, device: torch.device, **changes: Any) -> Simulator:
    """Return what draws fresh samples as the weights were trained on, less or more what `changes` says."""
    about = weights.about
    generator = {**about["generator"], **changes.get("generator", {})}
    if changes.get("generator", {}).get("name", about["generator"]["name"]) != about["generator"]["name"]:
        generator = changes["generator"]
    augment = Augmentation.model_validate({**about["training"]["augment"], **changes.get("augment", {})})
    made = Generator.resolve(generator), Geometry.resolve(about["geometry"])
    return Simulator(*made, weights.detector, augment, FRESH, count, device, room=2**32)


def asked(cnn: Any, samples: Samples) -> Any:
    """Return the network's answers to samples, as a stream gives them."""
    ndim = samples.amplitude.ndim - 1
    counts = fourier.centred(samples.amplitude.square(), ndim)
    return cnn.reconstruct(counts, fourier.centred(samples.valid, ndim), device=str(samples.amplitude.device.type))


def in_box(objects: Tensor) -> Tensor:
    return objects[fourier.inside(fourier.half_box(objects.shape[1:]))]


def errors(cnn: Any, samples: Samples) -> dict[str, Any]:
    """Return medians over the samples, each beside what to read it by."""
    answers = asked(cnn, samples)
    objects = in_box(answers.object)
    found, truth = nearer(objects, samples.truth)
    figures = {
        "object_error": found,
        "flat_phase_error": object_errors(flat(truth), truth),
        "twin_mixture_error": object_errors(mixture(truth), truth),
        "phase_error_rad": phase_errors(objects, truth),
        "flat_phase_phase_error_rad": phase_errors(flat(truth), truth),
        "chi2_of_answer": answers.residual,
    }
    summary: dict[str, Any] = {}
    for name, values in figures.items():
        low, median, high = torch.quantile(values.double().cpu(), torch.tensor([0.25, 0.5, 0.75]).double()).tolist()
        summary[name] = {"median": median, "quartiles": [low, high]}
        print(f"{name:>32}: {median:.4g} [{low:.3g}, {high:.3g}]", flush=True)
    return summary


def refine(cnn: Any, samples: Samples, laps: int = 3) -> dict[str, Any]:
    """Return how many samples are solved after 100 and 300 iterations, from the network's answers and at random."""
    answers = asked(cnn, samples).object
    solved: dict[str, list[list[float]]] = {"cnn": [], "random-phase": []}
    chain, shrink = Solver.resolve(CHAIN), Solver.resolve(CHAIN[0]["solvers"][1])
    for number in range(len(samples)):
        problem = Problem.measured(samples.exact[number].square().cpu(), samples.geometry)
        for kind, curve in solved.items():
            state = begin(problem, answers[number].cpu() if kind == "cnn" else None, number)
            *_, state = shrink.run(problem, state)
            values = []
            for _ in range(laps):
                *_, state = chain.run(problem, state.handover(), every=1000)
                object = chain.estimate(problem, state)
                predicted = problem.predict(object)[0]
                values.append(float((predicted - problem.amplitude).square().sum() / problem.intensity.sum()))
            curve.append(values)
        if (number + 1) % 20 == 0:
            shares = {k: [sum(row[i] <= SOLVED for row in v) for i in (0, laps - 1)] for k, v in solved.items()}
            print(f"{number + 1} samples: solved after 100 and {100 * laps}: {shares}", flush=True)
    found: dict[str, Any] = {"chain": CHAIN, "solved": f"chi2 <= {SOLVED:g}"}
    for kind, curve in solved.items():
        found[kind] = {}
        for lap in (0, laps - 1):
            hits = sum(row[lap] <= SOLVED for row in curve)
            low, high = wilson(hits, len(curve))
            found[kind][str(100 * (lap + 1))] = {
                "solved": hits,
                "of": len(curve),
                "interval_95": [low, high],
                "median_chi2": float(torch.tensor([row[lap] for row in curve]).median()),
            }
            print(f"{kind:>14}, {100 * (lap + 1)}: {hits} of {len(curve)} [{low:.2f}, {high:.2f}]", flush=True)
    return found


def begin(problem: Problem, object: Tensor | None, seed: int) -> State:
    """Return a state at the network's answer, or at random phases where there is none."""
    shape = (1, *problem.space)
    empty = State(torch.zeros(shape, dtype=torch.complex64), problem.support.expand(shape).clone(), (seed,))
    if object is not None:
        return empty.changed(object=object[None])
    *_, state = Solver.resolve("random-phase").run(problem, empty)
    return state.handover()


def outside(about: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what a training did not cover -> how it is drawn; what it did cover is left out."""
    shape = about["generator"]
    trained, span, sampled = shape["name"], shape["phase_span"], about["training"]["augment"]["oversampling"]
    most = max(span) if isinstance(span, Sequence) else span
    least = min(sampled) if sampled else 1.0
    found = {} if trained == "crystal" else {"facets": {"generator": FACETS}}
    return found | {
        "strong_strain": {"generator": {"name": trained, "phase_span": most + 4.5}},
        "oversampling_too_large": {"augment": {"oversampling": [least / 2, least * 0.6]}},
    }


def novelty(cnn: Any, weights: Weights, inside: Samples, count: int, device: torch.device) -> dict[str, Any]:
    """Return how many samples of each kind are called outside the training."""
    counts = {"inside": flagged(cnn, inside)}
    for name, changes in outside(weights.about).items():
        counts[name] = flagged(cnn, simulator(weights, count, device, **changes).samples(range(count), 0))
    counts["oversampling_too_small"] = share(
        cnn.reconstruct(too_large(weights, count), device=str(device.type)).outside
    )
    rng = torch.Generator().manual_seed(FRESH)
    levels = 10 ** (2 * torch.rand(count, generator=rng))
    noise = torch.poisson(levels.reshape(-1, *[1] * len(weights.detector)).expand(-1, *weights.detector), rng)
    counts["noise_only"] = share(cnn.reconstruct(noise, device=str(device.type)).outside)
    return counts


def too_large(weights: Weights, count: int) -> Tensor:
    """Return patterns of objects that are larger than any that was trained on, and than half of the array."""
    generator = Generator.resolve(weights.about["generator"])
    geometry = Geometry.resolve(weights.about["geometry"]).for_data(len(weights.detector))
    grid = laboratory_grid(geometry, weights.detector) / LARGER
    objects = generator.sample(grid, count, torch.Generator().manual_seed(FRESH))
    return fourier.centred(geometry.forward(objects).abs().square(), len(weights.detector))


def flagged(cnn: Any, samples: Samples) -> dict[str, Any]:
    return share(asked(cnn, samples).outside)


def share(outside: Tensor) -> dict[str, Any]:
    hits, tries = int(outside.sum()), len(outside)
    return {"flagged": hits, "of": tries, "interval_95": list(wilson(hits, tries))}


def speed(cnn: Any, samples: Samples, device: torch.device) -> dict[str, Any]:
    """Return the milliseconds that one pattern takes, and patterns per second in batches."""
    patterns = fourier.centred(samples.exact.square(), samples.exact.ndim - 1)

    def timed(size: int, goes: int) -> float:
        least = float("inf")
        for _ in range(goes):
            synchronize(device)
            began = time.perf_counter()
            cnn.reconstruct(patterns[:size], batch=size, device=str(device.type))
            synchronize(device)
            least = min(least, time.perf_counter() - began)
        return least

    timed(1, 3)
    alone = timed(1, 20)
    rates = {size: size / timed(size, 5) for size in (2, 16, 64, 256) if size <= len(patterns)}
    print(f"one pattern {1e3 * alone:.3g} ms; patterns/s in batches {rates}", flush=True)
    return {"one_pattern_ms": 1e3 * alone, "patterns_per_second_by_batch": rates}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--weights", default="superellipsoid-32")
    parser.add_argument("--samples", type=int, default=200)
    parser.add_argument("--only", nargs="*", default=["errors", "refine", "novelty", "speed"])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    path = library()[options.weights][0] if options.weights in library() else Path(options.weights)
    weights, device = Weights.load(path), torch.device(options.device)
    cnn = Solver.resolve({"name": "cnn", "weights": str(path.resolve())})
    found: dict[str, Any] = {"weights": options.weights, "samples": options.samples, "device": str(device)}
    found["trained_on"] = {key: weights.about[key] for key in ("generator", "training", "seconds", "environment")}
    numbers = range(options.samples)
    exact = simulator(weights, options.samples, device, augment=EXACT)
    samples = exact.samples(numbers, 0)
    if "errors" in options.only:
        found["errors_exact_data"] = errors(cnn, samples)
    if "refine" in options.only:
        found["refinement"] = refine(cnn, samples)
    if "novelty" in options.only:
        like = simulator(weights, options.samples, device).samples(numbers, 0)
        found["novelty"] = novelty(cnn, weights, like, max(options.samples // 4, 1), device)
        for name, row in found["novelty"].items():
            print(f"{name:>24}: {row['flagged']} of {row['of']} flagged", flush=True)
    if "speed" in options.only:
        found["speed"] = speed(cnn, samples, device)
    write("cnn", found, options.out)


if __name__ == "__main__":
    main()
