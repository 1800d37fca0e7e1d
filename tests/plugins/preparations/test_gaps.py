from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from phasekit import Measurement
from phasekit_plugins.preparations.gaps import Gaps

from .untrusted import untrusted


def test_gaps_are_rows_and_columns_of_all_frames(measured: Measurement) -> None:
    after = Gaps(rows=(5, (10, 12)), columns=((0, 2),)).apply(measured)
    wanted = np.zeros(measured.shape, dtype=bool)
    wanted[:, [5, 10, 11]] = wanted[:, :, :2] = True
    np.testing.assert_array_equal(untrusted(measured, after), wanted)
    assert after.steps == ("gaps: 3 listed; 138 of 840 pixels left untrusted",)


def test_gaps_grow_by_pixels_on_either_side_and_end_with_the_data(measured: Measurement) -> None:
    after = Gaps(rows=((10, 12),), columns=(0,), grow=2).apply(measured)
    wanted = np.zeros(measured.shape, dtype=bool)
    wanted[:, 8:14] = wanted[:, :, :3] = True
    np.testing.assert_array_equal(untrusted(measured, after), wanted)


def test_gaps_that_were_cropped_away_are_none(measured: Measurement) -> None:
    cropped = measured.window((12, 15, 14), (24, 10, 28))  # rows 10 … 19
    after = Gaps(rows=(3, (12, 13), 25)).apply(cropped)
    assert (~after.valid).any(dim=0).any(dim=1).nonzero().flatten().tolist() == [2]


def test_a_gap_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"the range \[5, 5\] is empty"):
        Gaps(rows=((5, 5),))


def test_gaps_of_2d_data_are_left_untrusted_too(measured: Measurement) -> None:
    frame = Measurement(measured.counts[13], measured.valid[13])
    assert not bool(Gaps(columns=(3,)).apply(frame).valid[:, 3].any())
