"""Strain is drawn on honest scales, and all of it is in the histogram."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from phasekit.report.figures.ink import LIGHT
from phasekit.report.reconstruction.strain_figures import deviation_rows, histogram, span, strain_rows
from phasekit.report.reconstruction.volume_summary import VolumeSummary

from ..volumes import ball


def test_scales_are_symmetric_and_in_a_unit_that_suits() -> None:
    moved, strain, own = strain_rows(VolumeSummary(ball()))
    assert (moved.label, strain.label, own.title) == (
        "displacement (nm)",
        "strain (%)",
        "strain against own mean",
    )
    for row in (moved, strain, own):
        assert row.scale.vmin == -(row.scale.vmax or 0)
    assert strain.scale.vmax == pytest.approx(0.2 + 0.09, abs=0.02)  # %; the wild rim does not widen it
    assert own.scale.vmax == pytest.approx(0.09, abs=0.01)
    small = ball(offset=0)
    fields = {**small.fields} | {name: small.fields[name] * 0.1 for name in ("strain", "strain_own", "displacement")}
    moved, strain = strain_rows(VolumeSummary(replace(small, fields=fields)))  # one strain: they do not differ
    assert (moved.label, strain.label, strain.title) == ("displacement (pm)", "strain (10⁻⁴)", "strain against h_ref")
    assert np.isnan(strain.values[~small.fields["support"]]).all()


def test_deviations_are_shown_where_there_are_several_seeds() -> None:
    rows = deviation_rows(VolumeSummary(ball()))
    assert {name: row.label for name, row in rows.items()} == {
        "phase": "σ (rad)",
        "displacement": "σ (nm)",
        "strain": "σ (%)",
    }
    assert np.nanmedian(rows["strain"].values) == pytest.approx(0.01, rel=1e-3)
    assert deviation_rows(VolumeSummary(ball(spread=False))) == {}


def test_the_histogram_holds_all_of_the_crystal_and_says_its_mean() -> None:
    figure: Figure = histogram(VolumeSummary(ball()), LIGHT)
    axes = figure.axes[0]
    filled = [patch.get_height() for patch in axes.patches if isinstance(patch, Rectangle)]
    assert sum(filled) == pytest.approx(200, abs=2)  # per cent, of two
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [
        "strain against h_ref: (+0.200 ± 0.045) %",
        "strain against own mean: (+0.000 ± 0.045) %",
    ]


def test_the_span_leaves_out_single_voxels_and_is_never_empty() -> None:
    values = np.concatenate([np.linspace(-1, 1, 10_000), [50.0]])
    low, high = span(values)
    assert -1.2 < low < -1 < 1 < high < 1.2
    low, high = span(np.full(10, 2.0))
    assert low < 2 < high
