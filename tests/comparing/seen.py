"""Starts that differ by known factors, and what is said of them together."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from phasekit import Problem
from phasekit.comparing.ensemble import Ensemble

FACTORS = (1.0, 1.3, 0.9, 1.1)


class Seen(NamedTuple):
    problem: Problem
    objects: Tensor
    """(seeds, *space) complex, aligned; modulus and phase are in proportion to FACTORS."""
    ensemble: Ensemble
