"""The rooms of `phasekit/` and their levels, as data: the architecture test, CONTRIBUTING.md and benchmarks/house.py
read this table. What a room is for says the first line of its `__init__.py`.
"""

from __future__ import annotations

import ast
from pathlib import Path

CORE = Path(__file__).parent.parent / "phasekit"

ROOMS = {
    "runtime": 1,
    "numerics": 1,
    "core": 2,
    "reading": 3,
    "analysis": 3,
    "solving": 4,
    "export": 4,
    "doctor": 5,
    "training": 5,
    "comparing": 5,
    "recipes": 6,
    "report": 6,
    "testing": 6,
    "runs": 7,
    "cli": 8,
}
"""Room -> its level. A room imports rooms on lower levels only."""

FACE = ("__init__", "__main__")
"""The only modules of `phasekit/` that stand in no room."""

PLUGIN_ROOMS = ("runtime", "numerics", "core", "reading", "training")
"""The rooms that built-in plugins import from, as other plugins may; besides the face."""

UNTESTED: dict[str, str] = {
    "phasekit.core.generator": "an interface of one abstract method, whose laws the contract kit has",
    "phasekit.core.preparation": "an interface of one abstract method, whose laws the contract kit has",
    "phasekit.core.source": "an interface; tests of reading and of each source test what it asks for",
}
"""Modules without a test file of their name -> the reason. This table may only shrink."""


def purpose(room: str) -> str:
    """Return what a room is for: the first line of its docstring."""
    tree = ast.parse((CORE / room / "__init__.py").read_text(encoding="utf-8"))
    return (ast.get_docstring(tree) or "").partition("\n")[0]


def room_rows() -> str:
    """Return the rooms as rows of the table in CONTRIBUTING.md, the lowest level first."""
    return "".join(f"| {level} | `phasekit/{room}/` | {purpose(room)} |\n" for room, level in ROOMS.items())
