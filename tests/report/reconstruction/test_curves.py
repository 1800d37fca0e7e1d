"""Curves on the way are whole and stay short."""

from __future__ import annotations

from dataclasses import replace

from phasekit.core.result import MetricsRow
from phasekit.report.reconstruction.curves import POINTS, error_curves, line

from ..results import make_result


def test_curves_keep_their_ends_and_stay_short() -> None:
    result = make_result(seeds=2)
    rows = [MetricsRow(s, k, 0.0, {"chi2": 1 / (k + 1), "r": float("nan")}) for k in range(5001) for s in (0, 1)]
    curves = error_curves(replace(result, history=tuple(rows)))
    assert curves is not None
    assert curves["choices"] == {"metric": ["chi2", "r"]}
    best = curves["data"][1]
    assert best["name"] == "seed 0 (best)"
    assert (best["x"][0], best["x"][-1]) == (0, 5000)
    assert len(best["x"]) <= POINTS + 1
    assert [trace["meta"]["metric"] for trace in curves["data"]] == ["chi2", "chi2", "r", "r"]
    assert set(curves["data"][3]["y"]) == {None}
    assert error_curves(replace(result, history=())) is None


def test_the_best_stands_out_and_failed_seeds_are_dotted() -> None:
    result = make_result()
    best, agreeing, other, failed = (line(result, rank, [0, 1], [1.0, 0.5]) for rank in range(4))
    assert best["line"]["width"] > agreeing["line"]["width"]
    assert (agreeing["line"]["color"], other["line"]["color"]) == ("var(--agree)", "var(--other)")
    assert failed["line"]["dash"] == "dot"
    assert line(result, 0, [3], [1.0])["mode"] == "markers"
