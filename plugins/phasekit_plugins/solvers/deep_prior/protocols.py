"""Named protocols of the deep prior: the defaults from another description."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PROTOCOLS: Mapping[str, Mapping[str, Any]] = {
    "own": {},
    # Wu et al., npj Comput. Mater. 7, 175 (2021), Methods; the loss is Eq. 8.
    "paper": {
        "steps": 40_000,
        "network": {"name": "paper", "output": "relu"},
        "losses": [{"name": "pearson", "weight": {"name": "weibull", "start": 1e4, "stop": 1.0}}, "chi2"],
        "optimiser": "adam-sgd",
        "turn": 200,
        "rate": {"name": "steps", "start": 0.006, "factor": 0.95, "period": 200},
        "noise": 0.0,
        "coarse_first": 0.0,
    },
}
"""Name -> the options that differ from phasekit's own defaults."""

GOING_ON: Mapping[str, Any] = {"noise": 0.0, "coarse_first": 0.0}
"""Defaults for a run that begins from something: noise and a coarse view would lose it again."""
