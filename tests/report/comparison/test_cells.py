"""A cell shows a number, and sorts by it."""

from __future__ import annotations

import math

from phasekit.report.comparison.cells import NOTHING, Cell, cell_of


def test_a_cell_is_sorted_by_its_number_and_what_is_none_comes_last() -> None:
    assert (cell_of(0.12345, " nm").text, cell_of(0.12345).sort_key) == ("0.123 nm", "0.12345")
    assert cell_of(None) == cell_of(math.nan) == NOTHING
    assert NOTHING.sort_key == "inf"
    assert Cell("er", "er").sort_key == "er"
