"""Functions shared by the benchmarks: object errors, reference errors, and writing results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from phasekit import Loss, Problem
from phasekit.core.environment import environment
from phasekit.numerics.symmetry import twin

RESULTS = Path(__file__).parent / "results"


def object_error(problem: Problem, object: Tensor) -> float:
    """Return ‖ρ − g‖ / ‖g‖ of (*space) after alignment and scaling."""
    metric = Loss.resolve({"name": "object-error", "scale": True})
    return float(metric(problem, object[None], object.abs()[None])[0])


def read_by(problem: Problem) -> dict[str, float]:
    """Return the object errors of the true shape with a flat phase, and of the mean of object and twin."""
    truth = problem.truth
    assert truth is not None
    turned = twin(truth)
    overlap = torch.fft.ifftn(torch.fft.fftn(truth) * torch.fft.fftn(turned).conj())
    best = int(overlap.abs().argmax())
    place = [int(i) for i in torch.unravel_index(torch.tensor(best), truth.shape)]
    phase = torch.polar(torch.ones(()), overlap.flatten()[best].angle())
    mixture = truth + phase * torch.roll(turned, place, dims=tuple(range(truth.ndim)))
    return {
        "flat_phase_error": object_error(problem, truth.abs().to(truth.dtype)),
        "twin_mixture_error": object_error(problem, mixture),
    }


def write(name: str, found: dict[str, Any], out: Path | None = None) -> None:
    """Write the results of a benchmark, with versions and machine, to benchmarks/results/NAME.json or `out`."""
    path = out or RESULTS / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    stamped = {"schema": 1, "environment": environment(), "threads": torch.get_num_threads(), **found}
    path.write_text(json.dumps(stamped, indent=1) + "\n", encoding="utf-8")
    print(f"written: {path}")
