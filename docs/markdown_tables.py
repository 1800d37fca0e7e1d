"""Tables in Markdown."""

from __future__ import annotations


def heads(*cells: str) -> list[str]:
    """Return the first two lines of a table."""
    return [line(*cells), line(*["---"] * len(cells))]


def line(*cells: str) -> str:
    """Return one line of a table."""
    return f"| {' | '.join(cells)} |"
