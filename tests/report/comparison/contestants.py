"""The solvers of the comparison that tests look at."""

from __future__ import annotations

from typing import Any

from phasekit.comparing.comparison import Comparison, Entry
from phasekit.comparing.ensemble import Portrait

from ... import bad_solvers

EVIL = "<script>alert(1)</script> & \"'"

SOLVERS: dict[str, Any] = {
    "er": {"name": "er", "steps": 20},
    EVIL: [{"name": "hio", "steps": 15}, {"name": "shrinkwrap", "threshold": 0.1}, {"name": "er", "steps": 4}],
    "nothing": bad_solvers.GivesNothing(),
    "refuses": bad_solvers.Refuses(),
}


def portrait_of(entry: Entry) -> Portrait:
    assert entry.portrait is not None
    return entry.portrait


def worked(comparison: Comparison) -> list[Entry]:
    """Return the entries that have an object to show."""
    return [entry for entry in comparison.entries if entry.portrait is not None]
