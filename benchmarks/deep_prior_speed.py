"""What each way of making a step of the deep prior quicker brings: ratios, measured in turn in one run.

Every row compares a step as phasekit takes it with the same step otherwise: the convolution left to torch, the
transform of the whole array, networks together under vmap or one by one, bfloat16, an optimiser that is not fused,
channels last, torch.compile. Writes benchmarks/results/deep_prior_speed-DEVICE.json.

    python benchmarks/deep_prior_speed.py [--sizes 32 64] [--device cpu] [--rounds 10] [--compile]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any
from unittest import mock

import torch

from phasekit import Geometry, Problem, State
from phasekit.core.environment import environment
from phasekit.core.source import load_problem
from phasekit.runtime.device import choose_device, synchronize
from phasekit_plugins.geometries.far_field import FarField
from phasekit_plugins.networks.layers import Convolution
from phasekit_plugins.solvers.deep_prior.descent import Descent
from phasekit_plugins.solvers.deep_prior.networks import Networks
from phasekit_plugins.solvers.deep_prior.solver import DeepPrior

HERE = Path(__file__).parent
ADAM = torch.optim.Adam
Patch = Callable[[], AbstractContextManager[Any]]


def plain_convolution(self: Convolution, x: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.conv3d(x, self.weight, self.bias, padding=self.padding)


def channels_last(self: Convolution, x: torch.Tensor) -> torch.Tensor:
    return plain_convolution(self, x.contiguous(memory_format=torch.channels_last_3d))


def unfused(*arguments: Any, **options: Any) -> Any:
    return ADAM(*arguments, **{**options, "fused": False})


def compiled() -> AbstractContextManager[Any]:
    one = torch.compile(Networks._one)
    return mock.patch.object(Networks, "_one", lambda self, *given: one(self, *given))


def patches(compile: bool) -> dict[str, tuple[dict[str, Any], Patch]]:
    """Return name -> options of the solver and what to patch while it is made and runs."""
    found: dict[str, tuple[dict[str, Any], Patch]] = {
        "as_it_is": ({}, nullcontext),
        "torch_convolution": ({}, lambda: mock.patch.object(Convolution, "forward", plain_convolution)),
        "channels_last": ({}, lambda: mock.patch.object(Convolution, "forward", channels_last)),
        "whole_transform": (
            {},
            lambda: mock.patch.object(FarField, "forward_within", Geometry.forward_within),
        ),
        "optimiser_not_fused": ({}, lambda: mock.patch.object(torch.optim, "Adam", unfused)),
        "bfloat16": ({"precision": "mixed"}, nullcontext),
    }
    if compile:
        found["torch_compile"] = ({}, compiled)
    return found


def descent(problem: Problem, networks: int, **options: Any) -> Descent:
    shape = (networks, *problem.space)
    start = State(
        object=torch.zeros(shape, dtype=problem.complex_dtype, device=problem.device),
        support=problem.support.expand(shape).clone(),
        seeds=tuple(range(networks)),
    )
    return Descent(DeepPrior.model_validate({"steps": 1_000_000, **options}), problem, start)


def seconds(advance: Callable[[], None], device: torch.device) -> float:
    synchronize(device)
    began = time.perf_counter()
    advance()
    synchronize(device)
    return time.perf_counter() - began


def measured(problem: Problem, networks: int, rounds: int, variants: dict[str, tuple[Descent, Patch]]) -> Any:
    """Step the variants in turn; return the median seconds of each, and their ratio to the first."""
    times: dict[str, list[float]] = {name: [] for name in variants}
    for turn in range(rounds + 2):
        for name, (running, patch) in variants.items():
            with patch():
                spent = seconds(running.advance, problem.device)
            if turn > 1:  # the first two warm up
                times[name].append(spent)
    middle = {name: statistics.median(values) for name, values in times.items()}
    first = next(iter(middle.values()))
    return {name: {"ms": 1e3 * value / networks, "ratio": value / first} for name, value in middle.items()}


def main() -> None:
    """Measure every size and print a line for each row."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[32, 64])
    parser.add_argument("--networks", nargs="+", default=["decoder", "paper"])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--compile", action="store_true", help="torch.compile too, which needs a C++ compiler")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    device, rows = choose_device(options.device), []
    for size in options.sizes:
        source = {"name": "simulation", "generator": "superellipsoid", "shape": [size] * 3}
        problem = load_problem(source).to(device)
        for network in options.networks:
            variants = {}
            for name, (extra, patch) in patches(options.compile).items():
                with patch():
                    variants[name] = (descent(problem, 1, network=network, **extra), patch)
            found = {"one_network": measured(problem, 1, options.rounds, variants)}
            four: dict[str, tuple[Descent, Patch]] = {
                name: (descent(problem, 4, network=network), nullcontext) for name in ("one_by_one", "vmap")
            }
            for name, (running, _) in four.items():
                running.together = name == "vmap"
            found["four_networks"] = measured(problem, 4, options.rounds, four)
            rows.append({"size": size, "network": network, **found})
            for number, part in found.items():
                for name, value in part.items():
                    figures = f"{value['ms']:8.1f} ms per network, {value['ratio']:.2f} of the first"
                    print(f"{size}³ {network:>8}, {number}, {name:>24}: {figures}", flush=True)
    out = options.out or HERE / "results" / f"deep_prior_speed-{options.device}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    found = {"schema": 1, "environment": environment(), "threads": torch.get_num_threads(), "rows": rows}
    out.write_text(json.dumps(found, indent=1) + "\n")
    print(f"written: {out}")


if __name__ == "__main__":
    main()
