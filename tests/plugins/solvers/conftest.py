"""Noisy data with untrusted voxels, and two random iterates with supports of their own, in double precision."""

from __future__ import annotations

import pytest
import torch

from phasekit import Geometry, Problem, State


@pytest.fixture
def problem() -> Problem:
    rng = torch.Generator().manual_seed(1)
    intensity = torch.rand((9, 12, 10), generator=rng, dtype=torch.float64) * 100
    return Problem.measured(intensity, Geometry.resolve("far-field"), torch.rand(intensity.shape, generator=rng) > 0.1)


@pytest.fixture
def state(problem: Problem) -> State:
    rng = torch.Generator().manual_seed(2)
    shape = (2, *problem.space)
    object = torch.randn(shape, generator=rng, dtype=torch.complex128)
    return State(object=object, support=torch.rand(shape, generator=rng) > 0.5, seeds=(0, 1))
