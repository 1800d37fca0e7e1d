"""Panels of one figure have one scale, and show what is marked, pale or missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import Normalize

from phasekit.report.figures.ink import LIGHT
from phasekit.report.figures.panels import FAINT, PanelRow, draw, rounded_up
from phasekit.report.figures.plane import planes
from phasekit.report.figures.slices import object_rows
from phasekit.report.figures.view import View

from ..volumes import ball


def test_a_scale_bar_is_drawn_in_every_panel_and_is_a_round_length() -> None:
    view = View.within(ball())
    for plane in view.planes:
        width = plane.extent[1] - plane.extent[0]
        assert plane.bar in (50.0, 100.0)
        assert 0.1 * width < plane.bar <= 0.3 * width
        assert replace(plane, unit="voxels").bar is None
    figure = draw(object_rows(view), view.planes, LIGHT)
    bars = [artist for axes in figure.axes for artist in axes.artists if "SizeBar" in type(artist).__name__]
    assert len(bars) == 6


def test_panels_of_one_figure_have_one_scale() -> None:
    view = View.within(ball())
    figure = draw(object_rows(view), view.planes, LIGHT)
    figure.draw_without_rendering()
    panels = [axes for axes in figure.axes if axes.images]
    scales = [axes.get_window_extent().width / np.ptp(axes.get_xlim()) for axes in panels]
    assert scales == pytest.approx([scales[0]] * 6, rel=0.05)


def test_faint_voxels_are_pale_missing_ones_masked_and_marked_ones_outlined() -> None:
    values = np.array([[1.0, np.nan], [2.0, 3.0]])
    faint, marked = np.array([[True, False], [False, False]]), np.array([[False, False], [True, False]])
    row = PanelRow("a", values, "viridis", Normalize(0, 3), "a (1)", ticks=((0, "none"),), marked=marked, faint=faint)
    cuts = planes([slice(0, 2)] * 2, [1, 1], [1.0, 1.0], ["axis 0", "axis 1"], "voxels")
    axes, bar = draw([row], cuts, LIGHT).axes
    (image,) = axes.images
    shown = image.get_array()
    assert shown is not None
    np.testing.assert_array_equal(np.ma.getmaskarray(shown), np.isnan(values))
    np.testing.assert_array_equal(image.get_alpha(), np.where(faint, FAINT, 1.0))
    assert len(axes.collections) == 1
    assert [label.get_text() for label in bar.get_yticklabels()] == ["none"]


def test_the_end_of_a_scale_is_rounded_up() -> None:
    assert [rounded_up(v) for v in (0.1234, 8.01, 1.2, 1000.0, 0.0)] == [0.13, 8.1, 1.2, 1000.0, 1e-12]
