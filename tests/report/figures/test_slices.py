"""Slices show amplitude and phase; what no measurement fixes changes nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from phasekit.report.figures.slices import object_rows, phase_span
from phasekit.report.figures.view import View

from ..results import make_result
from ..volumes import ball


def test_the_global_phase_changes_no_figure() -> None:
    result = make_result()
    turned = replace(result, object=result.object * np.exp(2.3j))
    for row, other in zip(object_rows(View.of(result)), object_rows(View.of(turned)), strict=True):
        np.testing.assert_allclose(row.values, other.values, atol=1e-5)
    view = View.of(turned)
    assert abs(np.angle(view.object[view.support].sum())) < 1e-5


def test_outside_the_support_the_phase_is_missing_and_on_a_volumes_grid_the_amplitude_too() -> None:
    view = View.of(make_result())
    amplitude, phase = object_rows(view)
    np.testing.assert_array_equal(np.isnan(phase.values), ~view.support)
    assert np.isfinite(amplitude.values).all()
    assert amplitude.values.max() == pytest.approx(1)
    volume = View.within(ball())
    amplitude, phase = object_rows(volume)
    np.testing.assert_array_equal(np.isnan(amplitude.values), ~volume.support)
    assert phase.faint is not None
    np.testing.assert_array_equal(phase.faint, volume.support & ~volume.inside)


def test_the_span_of_the_phase_holds_nearly_all_of_it_and_needs_a_support() -> None:
    result = make_result(seeds=1)
    span = phase_span(View.of(result))
    assert span is not None
    assert span == pytest.approx((-0.5, 0.5), abs=0.1)  # the ramp in the half box
    assert phase_span(View.of(replace(result, support=torch.zeros_like(result.support)))) is None
