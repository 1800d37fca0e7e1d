from __future__ import annotations

import torch

from phasekit import Geometry, Problem

from .begun import begin


def test_autocorrelation_is_as_wide_as_twice_the_object() -> None:
    geometry = Geometry.resolve("far-field")
    truth = torch.zeros((32, 24), dtype=torch.complex64)
    truth[14:18, 10:13] = 1
    problem = Problem.measured(geometry.for_data(2).forward(truth).abs().square(), geometry)
    support = begin(problem, {"name": "autocorrelation", "threshold": 0.01}, seeds=(0,)).support[0]
    inside = support.nonzero()
    extent = (inside.max(dim=0).values - inside.min(dim=0).values + 1).tolist()
    assert extent == [2 * 4 - 1, 2 * 3 - 1]
    assert bool(support[16, 12])
    assert bool((support <= problem.support).all())
