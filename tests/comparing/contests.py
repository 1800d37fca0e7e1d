"""What tests of comparing begin with: a simulated measurement, three solvers, and a contest of any keys."""

from __future__ import annotations

from typing import Any

from phasekit.comparing.setup import Contest, prepare_contest
from phasekit.comparing.task import CompareTask
from phasekit.core.solver import SolverLike

SIMULATION: dict[str, Any] = {
    "name": "simulation",
    "generator": "superellipsoid",
    "shape": [20, 18],
    "seed": 3,
    "photons": 1e5,
}
SOLVERS: dict[str, SolverLike] = {
    "er": {"name": "er", "steps": 40},
    "hio": [{"name": "hio", "steps": 30}, {"name": "er", "steps": 10}],
    "raar": [{"name": "raar", "steps": 30}, {"name": "er", "steps": 10}],
}


def contest_of(**keys: Any) -> Contest:
    """Return what is compared, the solvers and the measurement above where none are given."""
    source = {} if "problems" in keys else {"source": SIMULATION}
    return prepare_contest(CompareTask.of(**{**source, "solvers": SOLVERS, "seeds": 4, "batch": 2, **keys}))
