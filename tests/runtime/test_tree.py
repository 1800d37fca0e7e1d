"""Trees: the line of an entry, or of what holds it."""

from __future__ import annotations

from phasekit.runtime.tree import Tree


def test_an_entry_without_a_line_of_its_own_has_that_of_what_holds_it() -> None:
    """A default that a recipe does not write is named by the line of the mapping it belongs to."""
    tree = Tree({"solver": {"steps": [1, 2]}}, {(): 1, ("solver",): 3, ("solver", "steps", 1): 5}, "recipe.yaml")
    assert tree.line(("solver", "steps", 1)) == 5
    assert tree.line(("solver", "steps", 0)) == 3
    assert tree.line(("solver", "beta")) == 3
    assert tree.line(("seeds",)) == 1


def test_a_tree_without_lines_has_none() -> None:
    """Data given from Python stand in no file."""
    assert Tree({}, {}, "").line(("source",)) is None
