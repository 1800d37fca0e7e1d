"""A small deep prior, and the states of its run."""

from __future__ import annotations

from typing import Any

from phasekit import Problem, State
from phasekit.testing import start_state
from phasekit_plugins.solvers.deep_prior.solver import DeepPrior
from phasekit_plugins.solvers.deep_prior.state import DeepPriorState

SMALL = {"name": "decoder", "channels": [6, 6]}
SHAPE = (12, 10, 8)


def deep_prior(**options: Any) -> DeepPrior:
    """Return a deep prior with a small network and few steps, if not told otherwise."""
    return DeepPrior.model_validate({"steps": 8, "network": SMALL, **options})


def run(solver: DeepPrior, problem: Problem, start: State | None = None, every: int = 1) -> list[DeepPriorState]:
    """Return all states of a run."""
    found = []
    for state in solver.run(problem, start or start_state(problem), every):
        assert isinstance(state, DeepPriorState)
        found.append(state)
    return found


def last(solver: DeepPrior, problem: Problem, start: State | None = None) -> DeepPriorState:
    """Return the last state of a run."""
    return run(solver, problem, start)[-1]
