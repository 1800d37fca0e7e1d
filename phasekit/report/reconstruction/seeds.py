"""The table of seeds, ranked."""

from __future__ import annotations

from typing import Any

import numpy as np

from phasekit.core.result import NUISANCE_UNITS, Result
from phasekit.report.reconstruction.diagnostics import numbers


def seeds_table(result: Result) -> dict[str, Any]:
    """Return columns, and one row per seed, the best first: final metrics, agreement, support, the solver's numbers."""
    metrics = sorted(result.final, key=lambda name: name != result.rank)
    volumes = support_volumes(result)
    own = {name: values for name, values in numbers(result).items() if not np.allclose(values, volumes, 1e-3)}
    nuisance = nuisance_columns(result)
    rows = []
    for rank, seed in enumerate(result.seeds):
        figures = [float(result.final[name][rank]) for name in metrics]
        figures += [float(result.agreement[rank]), 100 * volumes[rank]]
        figures += [float(column[rank]) for column in own.values()]
        figures += [float(column["seeds"][rank]) for column in nuisance]
        word, reason = standing(result, rank), result.reasons.get(seed, "")
        rows.append({"rank": rank + 1, "seed": seed, "standing": word, "reason": reason, "figures": figures})
    return {"rank": result.rank, "metrics": metrics, "own": [*own], "nuisance": nuisance, "rows": rows}


def nuisance_columns(result: Result) -> list[dict[str, Any]]:
    """Return the model's other quantities, (seeds,) each with name, unit and axis; a column per axis."""
    columns = []
    for name, values in result.nuisance.items():
        quantity = {"name": name, "unit": NUISANCE_UNITS.get(name, ""), "axis": None}
        if values.ndim == 1:
            columns.append(quantity | {"seeds": values.tolist()})
        elif values.ndim == 2 and values.shape[1] == result.problem.ndim:
            columns += [quantity | {"axis": axis, "seeds": line.tolist()} for axis, line in enumerate(values.T)]
    return columns


def standing(result: Result, rank: int) -> str:
    """Return "best", "failed", "agrees", or ""."""
    seed = result.seeds[rank]
    if seed in result.failed:
        return "failed"
    return "best" if rank == 0 else "agrees" if seed in result.agreeing else ""


def support_volumes(result: Result) -> list[float]:
    """Return the fraction of the array that each seed's support fills."""
    return [float(member.float().mean()) for member in result.support]
