"""Charts of a comparison hold every start, and every solver once."""

from __future__ import annotations

import math

import numpy as np
import pytest

from phasekit.comparing.comparison import Comparison
from phasekit.report.comparison.charts import COLOURS, Palette, error_curves, histograms, shell_curves

from .contestants import EVIL, SOLVERS

PALETTE = Palette([*SOLVERS])


def test_histograms_count_every_start_that_did_not_fail(compared: Comparison) -> None:
    for trace in histograms(compared, PALETTE)["data"]:
        entry = compared.entry(trace["meta"]["problem"], trace["name"])
        values = zip(entry.seeds, entry.final[trace["meta"]["metric"]].tolist(), strict=True)
        finite = {seed: value for seed, value in values if math.isfinite(value)}
        if trace["mode"] == "markers":
            assert dict(zip(trace["customdata"], trace["x"], strict=True)) == pytest.approx(finite, rel=1e-3)
        else:
            assert sum(trace["y"]) == pytest.approx(100 * len(finite) / len(entry.seeds), rel=1e-3)


def test_curves_end_where_the_starts_end(compared: Comparison) -> None:
    for trace in error_curves(compared, PALETTE)["data"]:
        if trace.get("name") == "er" and trace["meta"]["against"] == "steps":
            final = compared.values("er", trace["meta"]["metric"])
            assert trace["x"][-1] == 20
            assert trace["y"][-1] == pytest.approx(np.exp(np.median(np.log(final))), rel=1e-3)


@pytest.mark.parametrize("kind", ["prtf", "weight", "correlation"])
def test_curves_over_shells_have_each_solver_once(compared: Comparison, kind: str) -> None:
    spec = shell_curves(compared, PALETTE, kind)
    assert spec is not None
    names = [trace["name"] for trace in spec["data"]]
    assert sorted(name for name in names if name in SOLVERS) == sorted(["er", EVIL])


def test_solvers_of_one_colour_have_different_dashes() -> None:
    solvers = [f"solver {i}" for i in range(3 * len(COLOURS))]
    lines = [Palette(solvers).line(solver) for solver in solvers]
    assert len({(line["color"], line["dash"]) for line in lines}) == len(solvers)
