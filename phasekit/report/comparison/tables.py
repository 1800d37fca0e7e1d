"""The tables of a comparison: solvers, pairs of solvers, starts. They can be sorted, and solvers hidden."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from phasekit.comparing.comparison import Comparison
from phasekit.comparing.figures import reasons, seconds
from phasekit.numerics.statistics import Spread
from phasekit.report.comparison.starts import Starts
from phasekit.report.markup import Markup, element, joined, number

DIFFERENT = 0.05
"""p below which two solvers are called different."""


@dataclass(frozen=True)
class Cell:
    """What stands in a table, and what it is sorted by."""

    text: str
    value: float | str
    note: str = ""
    """A second line, smaller."""


def cell_of(value: float | None, note: str = "", unit: str = "") -> Cell:
    """Return a number as a cell; a dash, sorted last, for what is not one."""
    if value is None or not math.isfinite(value):
        return Cell("–", math.inf, note)
    return Cell(f"{number(value, 3)}{unit}", value, note)


def solvers_table(comparison: Comparison, problem: str | None, name: str) -> Markup:
    """Return a row for each solver in the order of the ranking; the best of every column is marked."""
    rows = {solver: solver_cells(comparison, solver, problem) for solver in comparison.ranking(problem)}
    head = list(dict.fromkeys(key for row in rows.values() for key in row))
    lowest = {key: _best(key, [row[key] for row in rows.values() if key in row]) for key in head}
    body = []
    for solver, row in rows.items():
        cells = [row.get(key, Cell("–", math.inf)) for key in head]
        marked = [cell.value == lowest[key] for key, cell in zip(head, cells, strict=True)]
        body.append((solver, [Cell(solver, solver), *cells], [False, *marked]))
    caption = (
        f"Medians over the starts, with the 95 % interval of the median (bootstrap) below; lower is better. Failed "
        f"starts count as worse than any other. Ranked by {comparison.contest.rank}; the best of a column is bold."
    )
    return sortable(["solver", *head], body, caption, name)


def solver_cells(comparison: Comparison, solver: str, problem: str | None) -> dict[str, Cell]:
    """Return what is said of a solver, heading -> cell, on one problem or over all."""
    entries = [e for e in comparison.entries if e.solver == solver and problem in (None, e.problem)]
    starts, failed = sum(len(e.seeds) for e in entries), sum(len(e.failures) for e in entries)
    row = {"starts": Cell(str(starts), float(starts), f"{failed} failed" if failed else "")}
    if not starts:
        return row
    metrics = comparison.metrics()
    for metric in sorted(metrics, key=lambda one: (one != comparison.contest.rank, metrics.index(one))):
        spread = Spread.of(comparison.values(solver, metric, problem))
        if spread is not None:
            row[metric] = cell_of(spread.median, f"{number(spread.low, 3)} to {number(spread.high, 3)}")
    for goal, value in comparison.contest.goals.items():
        hits, tries, (low, high) = comparison.success(solver, goal, problem)
        told = f"{100 * low:.0f} to {100 * high:.0f} %"
        row[f"reach {goal} ≤ {value:g}"] = Cell(f"{100 * hits / max(tries, 1):.0f} %", -hits / max(tries, 1), told)
        times = sorted(time for time in comparison.times(solver, goal, problem) if time is not None)
        middle = times[len(times) // 2] if times else None
        row["steps to it"] = cell_of(None if middle is None else float(middle[0]))
        row["seconds to it"] = cell_of(None if middle is None else middle[1])
    row["seconds per start"] = cell_of(seconds(entries))
    if problem is not None and entries[0].portrait is not None:
        unit = " nm" if comparison.contest.problems[problem].geometry.calibrated() else " voxels"
        row["PRTF resolution"] = cell_of(entries[0].portrait.resolved, unit=unit)
    return row


def _best(key: str, cells: Sequence[Cell]) -> float | str | None:
    """Return the value that is marked: the lowest, if it is one and not all have it."""
    values = [cell.value for cell in cells if isinstance(cell.value, float) and math.isfinite(cell.value)]
    same = len({cell.value for cell in cells}) < 2
    return None if key == "starts" or same or not values else min(values)


def pairs_table(comparison: Comparison, problem: str | None, name: str) -> Markup | None:
    """Return how likely each two solvers are the same by the ranking metric; None where there is one solver."""
    ranking = [s for s in comparison.ranking(problem) if comparison.values(s, comparison.contest.rank, problem)]
    body = []
    for one, other in combinations(ranking, 2):
        p = comparison.difference(one, other, problem=problem)
        word = "different" if p < DIFFERENT else "not told apart"
        cells = [Cell(f"{one} – {other}", f"{one} {other}"), Cell(number(p, 2), p), Cell(word, word)]
        body.append((f"{one}\n{other}", cells, [False] * 3))
    if not body:
        return None
    caption = (
        f"Whether two solvers differ in {comparison.contest.rank}: two-sided p of the Mann–Whitney test over their "
        f"starts, each pair by itself; below {DIFFERENT:g} they are called different. Of twenty pairs of equal solvers "
        "one is called so."
    )
    return sortable(["pair", "p", ""], body, caption, name)


def starts_table(comparison: Comparison, starts: Starts, name: str) -> Markup:
    """Return a row for each start; its seed is a button that shows its object."""
    metrics = comparison.metrics()
    body = []
    for entry in comparison.entries:
        for i, seed in enumerate(entry.seeds):
            measured = [cell_of(float(entry.final[m][i])) if m in entry.final else cell_of(None) for m in metrics]
            cost = [cell_of(float(entry.steps[i])), cell_of(float(entry.seconds[i]))]
            why = entry.failures.get(seed, "")
            told = {"data_problem": entry.problem, "data_object": starts.object(entry, seed), "aria_pressed": "false"}
            button = element("button", str(seed), type="button", **told)
            names = [Cell(entry.solver, entry.solver), Cell(entry.problem, entry.problem), Cell(button, float(seed))]
            cells = [*names, *measured, *cost, Cell(why, why)]
            body.append((entry.solver, cells, [False] * len(cells)))
    head = ["solver", "problem", "seed", *metrics, "steps", "seconds", "failed"]
    return sortable(head, body, "Metrics at the end; lower is better.", name, searched=True)


def not_run(comparison: Comparison) -> list[str]:
    """Return what was not run and what failed, with the reasons."""
    told = []
    for entry in comparison.entries:
        where = f"{entry.solver} on {entry.problem}"
        if entry.refusal:
            told.append(f"{where} was not run: {entry.refusal}.")
        elif entry.failures:
            why = "; ".join(reasons([entry]))
            told.append(f"{where}: {len(entry.failures)} of {len(entry.seeds)} starts failed: {why}.")
    return told


def sortable(
    head: Sequence[str],
    body: Sequence[tuple[str, Sequence[Cell], Sequence[bool]]],
    caption: str,
    name: str,
    *,
    searched: bool = False,
) -> Markup:
    """Return a table whose columns sort it; rows are (solver, or two with a line between, cells, which to mark)."""
    buttons = (element("button", word, type="button") for word in head)
    top = element("thead", element("tr", *(element("th", button, scope="col") for button in buttons)))
    rows = []
    for solver, cells, marks in body:
        inside = []
        for i, (cell, mark) in enumerate(zip(cells, marks, strict=True)):
            note = element("small", cell.note) if cell.note else Markup("")
            attributes = {"data_value": _plain(cell.value), **({"class_": "leads"} if mark else {})}
            tag, more = ("th", {"scope": "row"}) if i == 0 else ("td", {})
            inside.append(element(tag, cell.text, note, **attributes, **more))
        rows.append(element("tr", *inside, data_solver=solver))
    inner = element("table", top, element("tbody", *rows), class_="sortable", id=name)
    shown = [element("p", caption, class_="note")]
    if searched:
        attributes = {"type": "search", "data_for": name, "placeholder": "any words"}
        shown.append(element("label", "Filter ", _input(attributes), class_="chooser"))
    return joined([*shown, element("div", inner, class_="wide", tabindex="0", role="region", aria_label=caption)])


def _input(attributes: Mapping[str, str]) -> Markup:
    told = "".join(f' {key.replace("_", "-")}="{value}"' for key, value in attributes.items())
    return Markup(f"<input{told}>")


def _plain(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.9g}"
