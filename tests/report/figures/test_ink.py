"""Text can be read on the paper behind it."""

from __future__ import annotations

import pytest
from matplotlib.colors import to_rgb

from phasekit.report.figures.ink import DARK, LIGHT, Ink


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("ink", [LIGHT, DARK], ids=["light", "dark"])
def test_text_stands_out_from_its_paper(ink: Ink) -> None:
    darker, lighter = sorted((luminance(ink.text), luminance(ink.paper)))
    assert (lighter + 0.05) / (darker + 0.05) > 7
