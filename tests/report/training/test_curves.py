"""Curves of a training hold what was measured, and its last epochs stand there as numbers."""

from __future__ import annotations

import math

from phasekit.report.training.curves import LAST, LINES, YARDSTICKS, charts, last_epochs
from phasekit.training.trainer import Point


def points(count: int, **figures: float) -> list[Point]:
    return [Point(k, 10 * k, 1.0 * k, 1e-3 / k, {"loss": 1 / k, **figures}) for k in range(1, count + 1)]


def test_only_charts_with_figures_are_drawn_and_the_rate_is_linear() -> None:
    assert charts([]) == {}
    specs = charts(points(3))
    assert [*specs] == ["loss", "rate"]
    assert [specs[name]["layout"]["yaxis"]["type"] for name in specs] == ["log", "linear"]
    assert specs["rate"]["data"][0]["y"] == [1e-3, 5e-4, 0.0003333]
    assert specs["loss"]["layout"]["showlegend"] is False


def test_what_is_no_number_leaves_a_gap() -> None:
    first, second = points(1, floor=math.inf)[0], points(2)[1]
    lines = {trace["name"]: trace for trace in charts([first, second])["loss"]["data"]}
    assert lines["floor"]["y"] == [None, None]


def test_every_yardstick_is_dashed_in_some_chart() -> None:
    assert set(YARDSTICKS) <= {name for lines in LINES.values() for name in lines}
    figures = {
        "object_error": 0.2,
        "flat_phase_error": 0.3,
        "twin_mixture_error": 0.3,
        "phase_error": 0.1,
        "flat_phase_phase_error": 0.4,
    }
    specs = charts(points(2, **figures))
    dashed = {t["name"] for spec in specs.values() for t in spec["data"] if t["line"]["dash"] == "dash"}
    assert dashed == {"flat-phase error", "twin-mixture error", "flat phase's phase error"}


def test_the_table_has_the_last_epochs_with_all_figures_that_any_epoch_has() -> None:
    many = last_epochs([*points(LAST), *points(LAST + 2, floor=1.0)[LAST:]])
    assert many["names"] == ["loss", "floor"]
    assert [row["epoch"] for row in many["rows"]] == [*range(3, LAST + 3)]
    assert math.isnan(many["rows"][0]["figures"][1])
    assert not many["all"]
    assert last_epochs(points(2))["all"]
