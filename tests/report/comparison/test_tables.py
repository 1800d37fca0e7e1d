"""Tables of a comparison say what was measured, mark what is best, and sort as a reader expects."""

from __future__ import annotations

import pytest

from phasekit.comparing.comparison import Comparison
from phasekit.report.comparison.cells import Cell
from phasekit.report.comparison.gallery import Gallery
from phasekit.report.comparison.tables import (
    not_run,
    pairs_table,
    shortfalls,
    solver_cells,
    solvers_table,
    starts_table,
)
from phasekit.report.html.templates import fragment

from ..page_text import Page
from .contestants import EVIL, SOLVERS


def test_the_best_of_every_column_leads_but_not_where_all_are_the_same(compared: Comparison) -> None:
    table = solvers_table(compared, "problem")
    assert [row["solver"] for row in table["rows"]] == [*compared.ranking("problem")]
    known = {solver: solver_cells(compared, solver, "problem") for solver in SOLVERS}
    for place, heading in enumerate(table["head"]):
        cells = [row["cells"][place] for row in table["rows"] if heading in known[row["solver"]]]
        leading = {cell.value for cell, leads in cells if leads}
        numbers = {cell.value for cell, _ in cells}
        expected = set() if heading == "starts" or len(numbers) == 1 else {min(numbers)}
        assert leading == expected, heading


def test_medians_have_their_interval_and_goals_their_share(compared: Comparison) -> None:
    cells = solver_cells(compared, "er", "problem")
    entry = compared.entry("problem", "er")
    spread = entry.spread("chi2")
    assert spread is not None
    assert cells["chi2"].value == pytest.approx(spread.median)
    assert cells["chi2"].interval == (f"{spread.low:.3g}", f"{spread.high:.3g}")
    hits = sum(time is not None for time in entry.reached("object-error", 0.5))
    assert cells["reach object-error ≤ 0.5"].text == f"{100 * hits / 4:.0f} %"
    assert solver_cells(compared, "nothing", None)["starts"].failed == 4
    assert solver_cells(compared, "refuses", None) == {"starts": Cell("0", 0.0)}


def test_every_pair_that_was_run_is_compared_once(compared: Comparison) -> None:
    pairs = pairs_table(compared, None)
    assert {frozenset((pair["first"], pair["second"])) for pair in pairs} == {
        frozenset(pair) for pair in (("er", EVIL), ("er", "nothing"), (EVIL, "nothing"))
    }
    for pair in pairs:
        assert pair["p"].value == compared.difference(pair["first"], pair["second"])


def test_what_was_not_run_or_failed_is_said_with_its_reason(compared: Comparison) -> None:
    failed, refused = not_run(compared)
    assert failed.startswith("nothing on problem: 4 of 4 starts failed: ")
    assert refused == "refuses on problem was not run: refuses takes nothing at all."
    assert [row["starts"] for row in shortfalls(compared)] == [4, 0]


def test_the_table_of_starts_has_a_row_and_a_button_for_each(compared: Comparison) -> None:
    table = starts_table(compared, {"problem": Gallery(compared, "problem")})
    page = Page(fragment("comparison/tables.html", "starts", "starts", table))
    buttons = [attributes for tag, attributes in page.tags if tag == "button" and "data-object" in attributes]
    assert len(buttons) == 12
    assert sum(not attributes["data-object"] for attributes in buttons) == 4
    columns = sum(attributes.get("scope") == "col" for _, attributes in page.tags)
    cells = sum(tag == "td" or attributes.get("scope") == "row" for tag, attributes in page.tags)
    assert cells == 12 * columns


def test_a_pair_is_hidden_with_either_of_its_solvers(compared: Comparison) -> None:
    page = Page(fragment("comparison/tables.html", "pairs", "pairs", pairs_table(compared, None), "chi2", 0.05))
    rows = [str(attributes["data-solver"]) for tag, attributes in page.tags if "data-solver" in attributes]
    assert sorted(rows[0].split("\n")) == sorted(rows[0].split("\n"))
    assert all(len(row.split("\n")) == 2 for row in rows)
