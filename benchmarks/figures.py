"""What the benchmarks share: intervals, what to read an object error by, and writing a result down."""

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
    """Return ‖ρ − g‖ / ‖g‖ of (*space) after alignment, a factor undone."""
    metric = Loss.resolve({"name": "object-error", "scale": True})
    return float(metric(problem, object[None], object.abs()[None])[0])


def read_by(problem: Problem) -> dict[str, float]:
    """Return what the true shape with flat phase scores as object error, and the mean of object and twin."""
    truth = problem.truth
    assert truth is not None
    turned = twin(truth)
    overlap = torch.fft.ifftn(torch.fft.fftn(truth) * torch.fft.fftn(turned).conj())
    best = int(overlap.abs().argmax())
    place = [int(i) for i in torch.unravel_index(torch.tensor(best), truth.shape)]
    phase = torch.polar(torch.ones(()), overlap.flatten()[best].angle())
    mixture = truth + phase * torch.roll(turned, place, dims=tuple(range(truth.ndim)))
    return {
        "flat-phase error": object_error(problem, truth.abs().to(truth.dtype)),
        "twin-mixture error": object_error(problem, mixture),
    }


def write(name: str, found: dict[str, Any], out: Path | None = None) -> None:
    """Write what a benchmark found, with versions and machine, to benchmarks/results/NAME.json or `out`."""
    path = out or RESULTS / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    stamped = {"environment": environment(), "threads": torch.get_num_threads(), **found}
    path.write_text(json.dumps(stamped, indent=1) + "\n", encoding="utf-8")
    print(f"written: {path}")
