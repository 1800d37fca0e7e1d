"""What tests of solving begin with: a small problem, a chain, and a job of any keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import torch

from phasekit import Problem, Solver, State
from phasekit.core.solver import SolverLike
from phasekit.solving.job import Job
from phasekit.solving.solve import prepare
from phasekit.solving.task import SolveTask
from phasekit.testing import reference_problem

PROBLEM = reference_problem((16, 14), photons=1e6)
CHAIN: list[dict[str, Any]] = [
    {"name": "hio", "steps": 20},
    {"name": "shrinkwrap", "threshold": 0.05},
    {"name": "er", "steps": 10},
]


def prepared(problem: Problem, solver: SolverLike, **keys: Any) -> Job:
    """Return the job of these keys."""
    return prepare(SolveTask.of(source=problem, solver=solver, **keys))


class Doomed(Solver):
    """Marks the odd seeds, or all, as failed at once."""

    name: Literal["doomed"] = "doomed"
    all: bool = False

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Yield the state with its failures."""
        if start.step < 1:
            active = torch.tensor([seed % 2 == 0 and not self.all for seed in start.seeds])
            yield start.changed(step=1, active=active)
