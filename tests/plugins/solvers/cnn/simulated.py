"""Measurements and samples to ask a network about."""

from __future__ import annotations

import torch

from phasekit import Geometry, Problem, fourier, solve
from phasekit.testing import reference_problem
from phasekit.testing.problems import truth_of
from phasekit.training.samples import Samples

from .... import toys

SIMULATION = {"name": "simulation", "generator": "superellipsoid", "shape": list(toys.SHAPE)}


def problem_of(**source: object) -> Problem:
    """Return a measurement like those that the small network was trained on."""
    return solve(SIMULATION | source, "er", seeds=1).problem


def patterns_of(*problems: Problem) -> torch.Tensor:
    """Return their counts as files have them, zero frequency at the centre."""
    return torch.stack([fourier.centred(problem.intensity, 3) for problem in problems])


def samples_of(seed: int = 0) -> Samples:
    """Return two samples with no fault."""
    geometry = Geometry.resolve("far-field")
    problems = [reference_problem((12, 10, 8), seed=seed + i) for i in range(2)]
    truth = torch.stack([truth_of(p)[fourier.half_box(p.space)] for p in problems])
    exact = torch.stack([p.amplitude for p in problems])
    return Samples(exact, torch.ones_like(exact, dtype=torch.bool), truth.to(torch.complex64), exact, geometry)
