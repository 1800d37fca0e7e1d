"""The table of seeds, ranked."""

from __future__ import annotations

from typing import Any

import numpy as np

from phasekit.core.result import NUISANCE_UNITS, Result
from phasekit.report.diagnostics import numbers
from phasekit.report.markup import Markup, bullets, element, joined, number, table


def seeds_table(result: Result) -> Markup:
    """Return one row per seed, the best first: final metrics, agreement, support, the solver's numbers."""
    metrics = sorted(result.final, key=lambda name: name != result.rank)
    volumes = support_volumes(result)
    own = {name: values for name, values in numbers(result).items() if not np.allclose(values, volumes, 1e-3)}
    own |= nuisance_columns(result)
    head: list[Any] = ["rank", "seed", "", *metrics, "agreement", "support, %", *own]
    rows = []
    for rank in range(len(result.seeds)):
        measured = [float(result.final[name][rank]) for name in metrics]
        measured += [float(result.agreement[rank]), 100 * volumes[rank]]
        measured += [float(values[rank]) for values in own.values()]
        word = standing(result, rank)
        rows.append(([str(rank + 1), str(result.seeds[rank]), word, *map(number, measured)], word or "other"))
    caption = f"All seeds, ranked by {result.rank}; lower is better for every metric."
    note = element(
        "p",
        "Agreement is the correlation of each object with the best, once translation, twin and phase are "
        "undone. Support is the part of the array that the object may fill: a loose support lowers every "
        "error of fit, so read no metric without it.",
        class_="note",
    )
    return joined([table(head, rows, caption), reference_list(result), note])


def nuisance_columns(result: Result) -> dict[str, np.ndarray]:
    """Return what the model has besides the object, heading with its unit -> (seeds,); one column for each axis."""
    columns = {}
    for name, values in result.nuisance.items():
        told = f", {NUISANCE_UNITS[name]}" if name in NUISANCE_UNITS else ""
        word = "coherence width" if name == "coherence" else name
        if values.ndim == 1:
            columns[f"{word}{told}"] = values.numpy()
        elif values.ndim == 2 and values.shape[1] == result.problem.ndim:
            columns |= {f"{word} along axis {axis}{told}": line.numpy() for axis, line in enumerate(values.T)}
    return columns


def standing(result: Result, rank: int) -> str:
    """Return best, failed, agrees, or nothing."""
    seed = result.seeds[rank]
    if seed in result.failed:
        return "failed"
    return "best" if rank == 0 else "agrees" if seed in result.agreeing else ""


def reference_list(result: Result) -> Markup:
    """Return the figures to read the metrics by; nothing where there are none."""
    if not result.references:
        return Markup("")
    figures = [
        joined([name, ": ", element("strong", number(float(value)))]) for name, value in result.references.items()
    ]
    return joined([element("p", "For comparison:", class_="tight"), bullets(figures)])


def support_volumes(result: Result) -> list[float]:
    """Return the part of the array that each seed's support fills."""
    return [float(member.float().mean()) for member in result.support]
