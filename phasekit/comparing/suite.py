"""The benchmark suite: seeded problems with a known truth, each difficult in one way, and their solvers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from phasekit.core.registry import registry
from phasekit.core.solver import Solver
from phasekit.runtime.errors import InputError
from phasekit.runtime.suggest import near

VERSION = 1
"""Increases whenever a problem changes: figures of different versions cannot be compared."""

SIDES = (64, 128)
"""Sides of arrays for which the suite is designed."""

CRYSTAL: Mapping[str, Any] = {"name": "crystal", "phase_span": 2.0}

PROBLEMS: Mapping[str, Mapping[str, Any]] = {
    "easy": {"generator": "superellipsoid", "photons": 1e6, "seed": 101},
    "facets": {"generator": {**CRYSTAL, "planes": [6, 8], "edge_voxels": 0}, "photons": 1e6, "seed": 102},
    "small": {"generator": {**CRYSTAL, "radius": [0.1, 0.14]}, "photons": 1e6, "seed": 103},
    "large": {"generator": {**CRYSTAL, "radius": [0.42, 0.48]}, "photons": 1e6, "seed": 104},
    "strained": {"generator": {**CRYSTAL, "phase_span": 9.0}, "photons": 1e6, "seed": 105},
    "few photons": {"generator": CRYSTAL, "photons": 1e3, "seed": 106},
    "gap": {"generator": CRYSTAL, "photons": 1e5, "seed": 107, "gap_width": 4, "gap_offset": 3},
    "beam-stop": {"generator": CRYSTAL, "photons": 1e5, "seed": 108, "beam_stop": 2.5},
    "partly coherent": {"generator": CRYSTAL, "photons": 1e5, "seed": 109, "coherence": 0.5},
    "dislocation": {"generator": {**CRYSTAL, "dislocations": 1}, "photons": 1e5, "seed": 110},
    "truncated": {"generator": CRYSTAL, "photons": 1e5, "seed": 111, "frames": 0.5},
}
"""Name -> source without its shape; `frames` is a fraction of the array's side."""

NOISY = ("few photons", "gap", "beam-stop", "partly coherent", "dislocation", "truncated", "easy", "facets")
"""Problems for evaluating intervals of the phase: noisy, and solved by a fair number of the starts."""


def problems(side: int, names: tuple[str, ...] = ()) -> dict[str, dict[str, Any]]:
    """Return the suite's problems, or those of these names, in arrays of `side`³: name -> source.

    Raises InputError for an unknown name.
    """
    for name in names:
        if name not in PROBLEMS:
            raise InputError(f"the suite has no problem '{name}'; {near(name, PROBLEMS)}", "problems")
    found = {}
    for name in names or PROBLEMS:
        source = {"name": "simulation", "shape": [side] * 3, **PROBLEMS[name]}
        if "frames" in source:
            source["frames"] = round(source["frames"] * side)
        found[name] = source
    return found


WRAP: Mapping[str, Any] = {"name": "shrinkwrap", "reference": "rms", "threshold": 0.25}

CHAINS: Mapping[str, Any] = {
    "er": [{"repeat": 10, "solvers": [{"name": "er", "steps": 40}, WRAP]}],
    "hio": [{"repeat": 10, "solvers": [{"name": "hio", "steps": 30}, WRAP]}, {"name": "er", "steps": 90}],
    "raar": [{"repeat": 10, "solvers": [{"name": "raar", "steps": 30}, WRAP]}, {"name": "er", "steps": 90}],
    "dm": [{"repeat": 10, "solvers": [{"name": "dm", "steps": 15}, WRAP]}, {"name": "er", "steps": 90}],
    "deep-prior": {"name": "deep-prior"},
    "cnn": [{"name": "cnn", "weights": "superellipsoid-32"}, WRAP, {"name": "er", "steps": 100}],
}
"""Chains with the built-in solvers: those that keep a fixed support get the same shrink-wrap."""

PARTS = ("chain", "shrinkwrap", "detwin", "from-file", "autocorrelation", "random-phase", "random-object")
"""Solvers that do not compete: starts, and parts of chains."""


def contestants() -> dict[str, Any]:
    """Return the entry of every installed solver: the chains above, third-party ones with their own defaults.

    A third-party solver that keeps the support of its start needs a chain of its own: write it in a recipe.
    """
    found = dict(CHAINS)
    for kind, name in sorted(registry().entries):
        if kind == Solver.kind and name not in (*PARTS, *CHAINS):
            found[name] = {"name": name}
    return found


def bench_recipe(side: int, names: tuple[str, ...], solvers: tuple[str, ...], seeds: int) -> dict[str, Any]:
    """Return the suite as a recipe with `task: compare`; raises InputError for unknown names."""
    known = contestants()
    for solver in solvers:
        if solver not in known:
            raise InputError(f"no solver of the suite is called '{solver}'; {near(solver, known)}", "solvers")
    return {
        "task": "compare",
        "problems": problems(side, names),
        "solvers": {name: known[name] for name in solvers or known},
        "seeds": seeds,
        "goals": {"object-error": 0.2},
    }
