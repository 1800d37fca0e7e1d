"""The detector figure shows what was measured and what was predicted, where anything was measured."""

from __future__ import annotations

import numpy as np
import pytest

from phasekit import fourier
from phasekit.report.reconstruction.detector import detector_planes, detector_rows

from ..results import make_result


def test_the_residual_is_missing_just_where_nothing_was_measured() -> None:
    result = make_result()
    problem = result.problem
    measured, predicted, residual = detector_rows(result)
    centre = tuple(n // 2 for n in problem.detector)
    unknown = fourier.centred(~(problem.valid | problem.held_out), 3).numpy()
    np.testing.assert_array_equal(np.isnan(residual.values), unknown)
    np.testing.assert_array_equal(np.isnan(measured.values), unknown)
    peak = np.abs(np.fft.ifftn(result.best.numpy(), norm="ortho")) ** 2
    assert predicted.values[centre] == pytest.approx(peak[0, 0, 0], rel=1e-4)
    assert residual.values[centre] == pytest.approx(
        np.sqrt(peak[0, 0, 0]) - float(problem.amplitude[0, 0, 0]), abs=1e-3
    )
    held = fourier.centred(problem.held_out, 3).numpy()
    hidden = fourier.centred(problem.hidden, 3).numpy()
    assert measured.scale.vmin is not None
    assert residual.scale.vmax is not None
    seen = held & (hidden >= measured.scale.vmin)
    np.testing.assert_array_equal(measured.values[seen], hidden[seen])
    assert (measured.scale, residual.scale.vmin) == (predicted.scale, -residual.scale.vmax)


def test_the_cuts_go_through_the_zero_frequency() -> None:
    result = make_result((24, 20, 16))
    assert [next(part for part in cut.cut if isinstance(part, int)) for cut in detector_planes(result)] == [12, 10, 8]
