"""The spread is that of the seeds that agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from phasekit.report.figures.view import View
from phasekit.report.reconstruction.seed_spread import SeedSpread

from ..results import make_result


def test_equal_seeds_have_no_spread_and_a_known_one_is_measured() -> None:
    result = make_result(seeds=2)
    view = View.of(result)
    equal = replace(result, object=result.best.expand(2, *view.support.shape), mean=result.best)
    same = SeedSpread.of(equal, view)
    assert same is not None
    assert same.typical(view.support) == pytest.approx((0, 0), abs=1e-3)
    pair = torch.stack([result.best * 1.1 * np.exp(0.2j), result.best * 0.9 * np.exp(-0.2j)])
    apart = SeedSpread.of(replace(result, object=pair, mean=result.best, agreeing=(0, 1)), view)
    assert apart is not None
    top = result.best.abs().max()
    np.testing.assert_allclose(apart.amplitude, (0.1 * result.best.abs() / top).numpy(), atol=1e-4)
    np.testing.assert_allclose(apart.phase[view.support], 0.2, atol=1e-3)
    assert SeedSpread.of(replace(result, agreeing=(0,)), view) is None


def test_scales_hold_nearly_all_of_both_spreads_and_are_never_empty() -> None:
    result = make_result(seeds=2)
    view = View.of(result)
    spread = SeedSpread.of(result, view)
    assert spread is not None
    amplitude, phase = spread.rows()
    assert np.mean(spread.amplitude <= (amplitude.scale.vmax or 0)) > 0.99
    assert np.nanmean(spread.phase[view.support] <= (phase.scale.vmax or 0)) > 0.97
    nothing = SeedSpread(np.zeros((3, 3)), np.full((3, 3), np.nan), 2)
    assert all(row.scale.vmax for row in nothing.rows())
    assert all(np.isnan(nothing.typical(np.zeros((3, 3), dtype=bool))))
