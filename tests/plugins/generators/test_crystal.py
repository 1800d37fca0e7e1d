"""The crystal: what its options mean."""

from __future__ import annotations

import pytest
import torch

from phasekit import Generator, Geometry
from phasekit.core.grid import laboratory_grid


def test_about_a_dislocation_the_phase_winds_once() -> None:
    grid = laboratory_grid(Geometry.resolve("far-field").for_data(2), (64, 64))
    options = {"name": "crystal", "phase_span": 0.0, "radius": [0.45, 0.45]}
    rng = torch.Generator().manual_seed(3)
    phase = Generator.resolve({**options, "dislocations": 1}).sample(grid, 1, rng)[0].angle()
    loop = [(20, j) for j in range(20, 44)] + [(i, 44) for i in range(20, 44)]
    loop += [(44, j) for j in range(44, 20, -1)] + [(i, 20) for i in range(44, 20, -1)]
    along = torch.tensor([float(phase[place]) for place in [*loop, loop[0]]])
    steps = torch.remainder(along.diff() + torch.pi, 2 * torch.pi) - torch.pi
    assert abs(float(steps.sum())) == pytest.approx(2 * torch.pi, rel=1e-4)
