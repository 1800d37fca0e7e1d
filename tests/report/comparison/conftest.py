"""One comparison for all tests of its page: two solvers that work, one that fails, one that refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from phasekit import compare
from phasekit.comparing.comparison import Comparison
from phasekit.report.comparison.page import write_comparison_report

from .contestants import SOLVERS


@pytest.fixture(scope="session")
def compared() -> Comparison:
    source = {"name": "simulation", "generator": "superellipsoid", "shape": [16, 16, 16], "seed": 3, "photons": 1e5}
    return compare(source, SOLVERS, seeds=4, batch=2, goals={"object-error": 0.5})


@pytest.fixture(scope="session")
def page(compared: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_comparison_report(path, compared, {"name": "a fair fight", "seeds": 4}, "task: compare\n")
    return path
