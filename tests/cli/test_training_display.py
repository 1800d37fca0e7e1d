"""What a training shows in the terminal."""

from __future__ import annotations

import io
import math

import pytest
from rich.console import Console

from phasekit.cli.training_display import WIDEST, TrainingDisplay, sparkline

from .. import toys


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([], ""),
        ([0.3], "▁"),
        ([0.3, 0.3], "▁▁"),
        ([1.0, 0.1], "█▁"),
        ([1.0, math.nan, 0.0, 0.1], "█··▁"),
        ([1e-3, 10 ** (-3 + 3 / 7), 1.0], "▁▂█"),
    ],
)
def test_a_curve_goes_from_its_lowest_to_its_highest(values: list[float], drawn: str) -> None:
    assert sparkline(values) == drawn


def test_a_long_curve_is_thinned_and_keeps_its_end() -> None:
    drawn = sparkline([1.0] * 1000 + [0.01])
    assert len(drawn) <= WIDEST
    assert drawn[-1] == "▁"
    assert drawn[0] == "█"


def test_every_epoch_is_a_line() -> None:
    screen = io.StringIO()
    with TrainingDisplay(Console(file=screen, width=200, force_terminal=True, color_system=None)) as display:
        found = toys.trained(observer=display, epochs=3)
        display.warned("[the disk] is full")
    shown = screen.getvalue()
    for point in found.points:
        assert f"epoch {point.epoch}: loss {point.figures['loss']:.3g}" in shown
    assert f"validation {found.points[-1].figures['validation_loss']:.3g}" in shown
    assert "[the disk] is full" in shown
    assert "100 %" in shown
