"""The solvers of the comparison that tests look at."""

from __future__ import annotations

from typing import Any

from phasekit.comparing.comparison import Comparison, Entry
from phasekit.comparing.ensemble import Ensemble

from ... import bad_solvers

EVIL = "<script>alert(1)</script> & \"'"

SOLVERS: dict[str, Any] = {
    "er": {"name": "er", "steps": 20},
    EVIL: [{"name": "hio", "steps": 15}, {"name": "shrinkwrap", "threshold": 0.1}, {"name": "er", "steps": 4}],
    "nothing": bad_solvers.GivesNothing(),
    "refuses": bad_solvers.Refuses(),
}


def ensemble_of(entry: Entry) -> Ensemble:
    assert entry.ensemble is not None
    return entry.ensemble


def worked(comparison: Comparison) -> list[Entry]:
    """Return the entries that have an object to show."""
    return [entry for entry in comparison.entries if entry.ensemble is not None]
