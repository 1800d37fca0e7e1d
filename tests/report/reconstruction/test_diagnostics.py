"""What the solver wanted seen is sorted by its shape; nothing is lost."""

from __future__ import annotations

from dataclasses import replace

import torch

from phasekit.report.figures.ink import LIGHT
from phasekit.report.reconstruction.diagnostics import charts, numbers, pictures, unshown

from ..results import make_result

RECORDED = {
    "number": torch.arange(4.0),
    "curve": torch.rand(4, 6),
    "Image!": torch.full((4, 6, 5), 2.0),
    "complex": torch.rand(4, 6, 5, 4, dtype=torch.complex64),
    "odd": torch.zeros(4, 2, 2, 2, 2),
}


def test_every_diagnostic_is_shown_in_one_way() -> None:
    result = replace(make_result(), diagnostics=RECORDED)
    assert [*numbers(result), *charts(result), *pictures(result), *unshown(result)] == [*RECORDED]
    assert unshown(result) == {"odd": (4, 2, 2, 2, 2)}
    assert [drawing.name for drawing in pictures(result).values()] == ["diagnostic-image", "diagnostic-complex"]


def test_a_chart_has_a_curve_for_each_seed_the_best_on_top() -> None:
    result = replace(make_result(), diagnostics=RECORDED)
    traces = charts(result)["curve"]["data"]
    assert [trace["name"].split(" (")[0] for trace in traces] == ["seed 3", "seed 2", "seed 1", "seed 0"]
    assert traces[-1]["x"] == [0, 1, 2, 3, 4, 5]


def test_an_image_of_one_value_can_be_drawn() -> None:
    result = replace(make_result(), diagnostics=RECORDED)
    assert len(pictures(result)["Image!"].paint(LIGHT).axes) == 2
