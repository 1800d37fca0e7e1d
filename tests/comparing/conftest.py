"""What several tests of comparing look at: a comparison, and an ensemble of objects that differ as is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from phasekit import Comparison, Problem, compare
from phasekit.comparing.ensemble import Ensemble
from phasekit.core.result import BatchOutcome

from ..known import along_h, places, theta_scan
from .contests import SIMULATION, SOLVERS
from .seen import FACTORS, Seen

SHAPE = (20, 22, 24)


@pytest.fixture(scope="session")
def compared() -> Comparison:
    return compare(SIMULATION, SOLVERS, seeds=6, batch=3, goals={"chi2": 0.05}, held_out=0.05)


@pytest.fixture(scope="session")
def seen() -> Seen:
    """Return a Bragg problem, aligned objects (seeds, *space) that differ by known factors, and their ensemble."""
    geometry = theta_scan()
    where = places(geometry, SHAPE)
    support, s = np.linalg.norm(where, axis=-1) <= 120, along_h(geometry, where) / 1000
    # All is even about the centre, so that alignment moves nothing.
    objects = torch.from_numpy(np.stack([support * 1e3 * f * np.exp(1j * f * 20 * s**2) for f in FACTORS]))
    problem = Problem.measured(geometry.forward(objects[0]).abs().square(), geometry, truth=objects[0])
    supports = torch.from_numpy(support).expand(objects.shape).clone()
    seeds, alive = tuple(range(len(FACTORS))), torch.ones(len(FACTORS), dtype=torch.bool)
    outcomes = [
        BatchOutcome(seeds[i : i + 2], objects[i : i + 2], supports[i : i + 2], alive[i : i + 2], {}, (), 1.0)
        for i in (0, 2)
    ]
    return Seen(problem, objects, Ensemble.of(problem, outcomes, 0, objects[0]))
