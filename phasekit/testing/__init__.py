"""The contract kit: laws that every plugin keeps, for its author to check, and a small problem to try."""

from __future__ import annotations

from phasekit.testing.kit import Outcome, check_file, check_plugin, checks_for, parametrize_with_checks
from phasekit.testing.problems import reference_problem, start_state

__all__ = [
    "Outcome",
    "check_file",
    "check_plugin",
    "checks_for",
    "parametrize_with_checks",
    "reference_problem",
    "start_state",
]
